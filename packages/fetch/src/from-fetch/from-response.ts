import { BodyError, toBody } from '@sluice/body'
import { closeBodyQuietly, foundIn, isObject, isPromiseLike } from '@sluice/body/engine'
import { HttpError } from '@sluice/stack'
import { LightResponse } from './light-response.ts'
import { receivedFields } from './received-fields.ts'
import { streamBody } from './stream-body.ts'
import type { Fields } from '@sluice/body'
import type { HttpResponse } from '@sluice/stack'

/**
 * Makes an `HttpResponse` of a fetch `Response`.
 *
 * Each `set-cookie` stays a line of its own. The body is pulled from the stream of the response, and closing it cancels that. A stream
 * that has nothing right now is a flush, so what came before, or the head, does not wait for its next chunk. The body's
 * length is known only if `content-length` says it, or if the response is a light one. `transfer-encoding`, `keep-alive` and
 * `proxy-connection` are left out: they were of another connection, or the host sets them. A response that `fetch` has decoded has no
 * `content-encoding`.
 *
 * @throws {BodyError} `BODY_USED` (500), at the call, if the body of the response is used or locked.
 * @throws {HttpError} `RESPONSE_INVALID` (500), at the call, for `Response.error()`, for anything that is not a `Response`, and for a
 * field that HTTP does not allow. The stream is then cancelled.
 *
 * @example
 * import { fromResponse } from '@sluice/fetch'
 * import type { Handler } from '@sluice/stack'
 *
 * export const app: Handler = () => fromResponse(new Response('hello'))
 */
export const fromResponse = (response: Response): HttpResponse => {
  const light = isObject(response) ? LightResponse.take(response) : undefined
  if (light !== undefined) return light
  checkIsResponse(response)
  const { status, body } = response
  if (status === 0) throw unreadable(`a Response of the type ${response.type}, which has no status`)
  if (response.bodyUsed || body?.locked === true) throw bodyUsed()
  return {
    status,
    headers: fieldsOf(response),
    body: body === null ? toBody(null) : streamBody(body, response),
  }
}

/** By its tag: it may be of another realm or library. */
const checkIsResponse = (response: unknown): void => {
  if (isObject(response) && tagOf(response) === 'Response') return
  throw unreadable(sentenceOf(response))
}

const sentenceOf = (response: unknown): string => {
  if (isPromiseLike(response)) return 'a promise, wanted a Response: await it'
  if (isObject(response) && 'status' in response && 'headers' in response && 'body' in response)
    return 'a response of Sluice, wanted a Response: use its handler without fromFetch'
  return `${foundIn(response)}, wanted a Response: does the application return one?`
}

const unreadable = (found: string) =>
  new HttpError('RESPONSE_INVALID', `Cannot read the response: found ${found}`)

/** Cheaper than `Object.prototype.toString`, which makes a text of it. */
const tagOf = (response: object): unknown =>
  Symbol.toStringTag in response ? response[Symbol.toStringTag] : undefined

const bodyUsed = () =>
  new BodyError('BODY_USED', 'Cannot read the response: its body has been read, or is being read')

/** The stream is cancelled if the fields cannot be sent. */
const fieldsOf = (response: Response): Fields => {
  try {
    return receivedFields(response)
  } catch (error) {
    if (response.body !== null) closeBodyQuietly(streamBody(response.body, response))
    throw error
  }
}
