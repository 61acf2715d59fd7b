import { flatFields, listMembers } from '@sluice/body/engine'
import { HttpError } from '@sluice/stack'
import { agreedLength, checkedLength, isConnectionField, responseInvalid } from '@sluice/stack/host'
import { hasMember } from './connection-fields.ts'
import { announcedFraming, sentFraming } from './response-framing.ts'
import { lengthEnd, lineStart } from './response-head-cache.ts'
import { statusLine } from './status-line.ts'
import type { HttpResponse } from '@sluice/stack'
import type { RequestHead } from './request-head.ts'
import type { ResponseFraming } from './response-framing.ts'
import type { ResponseHeadCache } from './response-head-cache.ts'

export interface ResponseHead {
  /** The head as it is sent, in latin1. */
  readonly text: string
  readonly framing: ResponseFraming
  /** Whether the connection stays open after this response. */
  readonly keepAlive: boolean
  /** Names of fields that a handler must not set and that were left out: `droppedFields` is the error for them. */
  readonly dropped: readonly string[]
}

export interface ResponseHeadOptions {
  /** Whether the connection may stay open after this response. */
  readonly keepAlive: boolean
  /** The value of Date, if the response has none. */
  readonly date: string
  /** Makes the heads of similar responses faster; by default nothing is remembered. */
  readonly cache?: ResponseHeadCache
}

const noNames: readonly string[] = []

/**
 * Writes the head of a response and picks its framing (RFC 9112 6.3): the length if the body knows it or the handler's
 * content-length says it, else chunked, else, for HTTP/1.0, the end of the connection.
 *
 * HEAD, 204, 205 and 304 have no content. HEAD and 304 keep the fields that a GET would have, and a 205 has a length of 0 (RFC
 * 9110 15.3.6).
 *
 * The server sets the fields of the connection: `connection`, `keep-alive`, `proxy-connection`, `transfer-encoding` and `upgrade`
 * of a handler are left out, and `dropped` names them. A handler may set two: `connection: close` closes after this response, and
 * a 426 carries its `upgrade`, which Connection then names (RFC 9110 15.5.22 and 7.8).
 *
 * @throws {HttpError} `RESPONSE_INVALID` (500): the status is not a final one, `byteLength` or `content-length` is invalid, or two
 * lengths differ. `NOT_IMPLEMENTED` (501): a successful response to CONNECT.
 *
 * @example
 * import { responseHead } from '@sluice/server/http1'
 * import { text } from '@sluice/stack'
 *
 * const request = { method: 'GET', version: '1.1' } as const
 * const date = new Date().toUTCString()
 * const head = responseHead(request, text('hello'), { keepAlive: true, date })
 * if (head.framing.kind !== 'length') throw new Error('not framed')
 */
export const responseHead = (
  request: Pick<RequestHead, 'method' | 'version'>,
  response: HttpResponse,
  options: ResponseHeadOptions,
): ResponseHead => {
  const { method } = request
  const { status } = response
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw responseInvalid(`the status ${status}`)
  if (method === 'CONNECT' && status < 300)
    throw new HttpError('NOT_IMPLEMENTED', 'Cannot tunnel: the handler takes no connection over')
  const writer = new HeadWriter(method, response, options)
  writer.addFields(flatFields(response.headers))
  return writer.end(request.version)
}

class HeadWriter {
  readonly #method: string
  readonly #status: number
  readonly #bodyLength: number | undefined
  readonly #options: ResponseHeadOptions
  #text: string
  #length: number | undefined
  #givenLength: string | undefined
  #hasDate = false
  #upgrades = false
  #closes = false
  #dropped: string[] | undefined

  constructor(method: string, { status, body }: HttpResponse, options: ResponseHeadOptions) {
    this.#method = method
    this.#status = status
    this.#bodyLength = checkedLength(body.byteLength)
    this.#options = options
    this.#text = statusLine(status)
    this.#length = this.#bodyLength
  }

  addFields(flat: readonly string[]): void {
    const { cache } = this.#options
    let text = this.#text
    for (let place = 0; place < flat.length; place += 2) {
      const name = flat[place] ?? ''
      const value = flat[place + 1] ?? ''
      const start = cache?.startAt(place, name) ?? this.#newStart(place, name, value)
      // Two additions leave less garbage than one of both.
      if (start === undefined) continue
      text += start
      text += value
    }
    this.#text = text
  }

  end(version: '1.0' | '1.1'): ResponseHead {
    const { cache, date } = this.#options
    let text = this.#text
    if (!this.#hasDate) text += cache?.dateLine(date) ?? lineStart('date') + date
    const announced = announcedFraming(version, this.#status, this.#length)
    const framing = sentFraming(this.#method, this.#status, announced)
    const keepAlive = this.#options.keepAlive && !this.#closes && framing.kind !== 'close'
    if (!keepAlive) text += '\r\nconnection: close'
    else if (version === '1.0') text += '\r\nconnection: keep-alive'
    if (this.#upgrades) text += '\r\nconnection: upgrade'
    text += this.#framingLine(announced)
    return { text, framing, keepAlive, dropped: this.#dropped ?? noNames }
  }

  /** The start of a field's line, or `undefined` if the field is not sent as the handler gave it. */
  #newStart(place: number, name: string, value: string): string | undefined {
    if (name === 'content-length') return this.#takeLength(value)
    if (name === 'upgrade' && this.#status === 426) {
      this.#upgrades = true
      return lineStart(name)
    }
    if (isConnectionField(name)) return this.#takeConnectionField(name, value)
    if (name === 'date') this.#hasDate = true
    return this.#options.cache?.newStartAt(place, name) ?? lineStart(name)
  }

  #takeLength(value: string): undefined {
    if (this.#givenLength !== undefined && this.#givenLength !== value)
      throw responseInvalid('two values of content-length')
    this.#givenLength = value
    this.#length = agreedLength(this.#method, this.#status, this.#bodyLength, value)
  }

  #takeConnectionField(name: string, value: string): undefined {
    if (name === 'connection' && hasMember(value, 'close')) this.#closes = true
    if (isDoneAnyway(name, value, this.#status)) return
    this.#dropped ??= []
    this.#dropped.push(name)
  }

  /** The field that says the framing, and the end of the head. */
  #framingLine(announced: ResponseFraming): string {
    switch (announced.kind) {
      case 'none':
      case 'close':
        return '\r\n\r\n'
      case 'length':
        return this.#options.cache?.lengthEnd(announced.bytes) ?? lengthEnd(announced.bytes)
      case 'chunked':
        return '\r\ntransfer-encoding: chunked\r\n\r\n'
    }
  }
}

/** Whether the server does what the field says without it. Leaving the field out is then no error. */
const isDoneAnyway = (name: string, value: string, status: number): boolean =>
  name === 'connection' &&
  (value === 'close' ||
    listMembers(value).every(
      (option) =>
        option === 'close' || option === 'keep-alive' || (option === 'upgrade' && status === 426),
    ))
