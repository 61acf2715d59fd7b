import { fields, toBody } from '@sluice/body'
import { foundIn, isObject } from '@sluice/body/engine'
import { discard } from './discard.ts'
import type { BodyInput, Fields, FieldsInit } from '@sluice/body'
import type { HttpResponse } from './http.ts'

export interface AnswerInit {
  /** 200 by default. */
  readonly status?: number
  /** Fields; a `content-type` among them replaces the default one. */
  readonly headers?: FieldsInit
}

const typed = (type: string) => fields({ 'content-type': type })

/** The fields of responses without fields of their own, made once. */
const plain = typed('text/plain; charset=utf-8')
const page = typed('text/html; charset=utf-8')
const jsonText = typed('application/json')
const octets = typed('application/octet-stream')

/**
 * A response of text, as `text/plain` in UTF-8.
 *
 * @throws {TypeError} At the call, if a field is invalid, or `init` is not an object; the other functions of this file throw it too.
 *
 * @example
 * import { text } from '@sluice/stack'
 *
 * if (text('hello').headers.get('content-type') !== 'text/plain; charset=utf-8') throw new Error('untyped')
 */
export const text = (content: string, init?: AnswerInit): HttpResponse =>
  answer(content, plain, init)

/**
 * A response of HTML, as `text/html` in UTF-8.
 *
 * @example
 * import { html } from '@sluice/stack'
 *
 * if (html('<p>hello').status !== 200) throw new Error('refused')
 */
export const html = (content: string, init?: AnswerInit): HttpResponse =>
  answer(content, page, init)

/**
 * A response of a value as JSON.
 *
 * @throws {TypeError} At the call, if the value has no JSON form.
 *
 * @example
 * import { json } from '@sluice/stack'
 *
 * if (json({ n: 1 }, { status: 201 }).status !== 201) throw new Error('refused')
 */
export const json = (value: unknown, init?: AnswerInit): HttpResponse => {
  const content: string | undefined = JSON.stringify(value)
  if (content === undefined) {
    throw new TypeError(
      `Cannot answer with JSON: found ${typeof value}, wanted a value with a JSON form`,
    )
  }
  return answer(content, jsonText, init)
}

/**
 * A response of anything that can be a body. Set its `content-type`; `application/octet-stream` is the default.
 *
 * @throws {TypeError} At the call, if `body` cannot be a body, or a field is invalid; the content is then closed.
 *
 * @example
 * import { stream } from '@sluice/stack'
 *
 * async function* page() {
 *   yield 'one, '
 *   yield 'two'
 * }
 * if (stream(page(), { headers: { 'content-type': 'text/plain' } }).status !== 200) throw new Error('refused')
 */
export const stream = (body: BodyInput, init?: AnswerInit): HttpResponse =>
  answer(body, octets, init)

/**
 * A response without content.
 *
 * @param init.status 204 by default.
 *
 * @example
 * import { empty } from '@sluice/stack'
 *
 * if (empty({ status: 304 }).status !== 304) throw new Error('not ours')
 */
export const empty = (init: AnswerInit = {}): HttpResponse => {
  checkInit(init)
  const { status = 204, headers } = init
  return { status, headers: fields(headers), body: toBody(null) }
}

const answer = (content: BodyInput, type: Fields, init: AnswerInit = {}) => {
  const body = toBody(content)
  try {
    checkInit(init)
    const { status = 200, headers } = init
    if (headers === undefined) return { status, headers: type, body }
    return { status, headers: withType(fields(headers), type), body }
  } catch (error) {
    discard({ body })
    throw error
  }
}

/** Plain JavaScript may give the status itself. */
const checkInit = (init: unknown): void => {
  if (isObject(init)) return
  const found = typeof init === 'number' ? String(init) : foundIn(init)
  throw new TypeError(`Cannot answer: found ${found}, wanted an object: use { status: 404 }`)
}

const withType = (given: Fields, type: Fields) =>
  given.has('content-type') ? given : fields([...given, ...type])
