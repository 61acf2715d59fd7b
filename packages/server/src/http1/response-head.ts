import { Buffer } from 'node:buffer'
import { closeQuietly, flatFields, pullFrom } from '@sluice/body/engine'
import { answerError, empty, HttpError } from '@sluice/stack'
import { takeWhole } from '../connection/read-whole.ts'
import { hasMember, membersOf } from './connection-fields.ts'
import {
  chunkedEnd,
  dateLine,
  headEnd,
  lengthEnd,
  lineStart,
  newStartAt,
  startAt,
  statusLine,
} from './response-lines.ts'
import type { HttpResponse } from '@sluice/stack'
import type { RequestHead } from './request-head.ts'

/** How the content of a response is delimited; `close`: by the end of the connection, for HTTP/1.0. */
export type ResponseFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' }

export interface ResponseHead {
  /** The head as it stands on the wire, in latin1. */
  readonly text: string
  readonly framing: ResponseFraming
  readonly keepAlive: boolean
  /** Names of fields that the handler must not set and that were left out: `droppedFields` is the error for them. */
  readonly dropped: readonly string[]
}

export interface ResponseHeadOptions {
  /** Whether the connection may stay open after this response. */
  readonly keepAlive: boolean
  /** The value of Date, where the response has none. */
  readonly date: string
}

/** Fields that are the connection's and not the handler's (RFC 9110 7.6.1). Asked of every field: by its length first. */
const isOfTheConnection = (name: string): boolean => {
  switch (name.length) {
    case 7:
      return name === 'upgrade'
    case 10:
      return name === 'connection' || name === 'keep-alive'
    case 16:
      return name === 'proxy-connection'
    case 17:
      return name === 'transfer-encoding'
    default:
      return false
  }
}

const noNames: readonly string[] = []
const none: ResponseFraming = { kind: 'none' }
const chunked: ResponseFraming = { kind: 'chunked' }
const untilClose: ResponseFraming = { kind: 'close' }

/**
 * Writes the head of a response and picks its framing (RFC 9112 6.3): the length where the body knows it, or the handler's
 * content-length says it, else chunked, else, for HTTP/1.0, the end of the connection.
 *
 * HEAD, 204, 205 and 304 have no content. HEAD and 304 keep the fields that a GET would have, and a 205 has a length of 0 (RFC
 * 9110 15.3.6).
 *
 * The server sets the fields of the connection: `connection`, `keep-alive`, `proxy-connection`, `transfer-encoding` and `upgrade`
 * of a handler are left out, and `dropped` names them. A handler may set two: `connection: close` closes after this response, and
 * a 426 carries its `upgrade`, which Connection then names (RFC 9110 15.5.22 and 7.8).
 *
 * @throws {HttpError} `RESPONSE_INVALID` (500): a status that is not a final one, an invalid `byteLength` or `content-length`, or
 * two lengths that differ.
 */
export const responseHead = (
  request: Pick<RequestHead, 'method' | 'version'>,
  { status, headers, body }: HttpResponse,
  options: ResponseHeadOptions,
): ResponseHead => {
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw invalid(`the status ${status}`)
  if (request.method === 'CONNECT' && status < 300) {
    throw new HttpError('NOT_IMPLEMENTED', 'Cannot tunnel: the handler takes no connection over')
  }
  const flat = flatFields(headers)
  let text = statusLine(status)
  let length = checkedLength(body.byteLength)
  let upgrades = false
  let dropped: string[] | undefined
  let hasDate = false
  let given: string | undefined
  let keepAlive = options.keepAlive
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? ''
    const value = flat[i + 1] ?? ''
    const known = startAt(i, name)
    if (known !== undefined) {
      text += known
      text += value
      continue
    }
    if (name === 'date') hasDate = true
    else if (name === 'content-length') {
      if (given !== undefined && given !== value) throw invalid('two values of content-length')
      given = value
      length = agreedLength(
        length,
        value,
        body.byteLength === 0 && mayOmitContent(request.method, status),
      )
      continue
    } else if (name === 'upgrade' && status === 426) {
      upgrades = true
      text += lineStart(name)
      text += value
      continue
    } else if (isOfTheConnection(name)) {
      if (name === 'connection' && hasMember(value, 'close')) keepAlive = false
      if (isUnderstood(name, value, status)) continue
      dropped ??= []
      dropped.push(name)
      continue
    }
    text += newStartAt(i, name)
    text += value
  }
  if (!hasDate) text += dateLine(options.date)
  if (status === 205) length = 0
  const framing = framingOf(request, status, length)
  if (framing.kind === 'close') keepAlive = false
  if (!keepAlive) text += '\r\nconnection: close'
  else if (request.version === '1.0') text += '\r\nconnection: keep-alive'
  if (upgrades) text += '\r\nconnection: upgrade'
  text += status === 204 ? headEnd : framingEnd(request.version, status, length)
  return { text, framing, keepAlive, dropped: dropped ?? noNames }
}

/** The error about fields that only the server may set: for `onError`, since the response itself is sent. */
export const droppedFields = (names: readonly string[]): HttpError =>
  new HttpError(
    'RESPONSE_INVALID',
    `Cannot send ${names.join(', ')}: found fields of the connection, which the server sets itself`,
  )

/** Whether the server does what the field asks for anyway, so that leaving it out is not an error. */
const isUnderstood = (name: string, value: string, status: number): boolean =>
  name === 'connection' &&
  (value === 'close' ||
    membersOf(value).every(
      (option) =>
        option === 'close' || option === 'keep-alive' || (option === 'upgrade' && status === 426),
    ))

/**
 * Writes the head of an informational response, such as a 103 (RFC 9110 15.2), in latin1.
 *
 * It has no content and does not affect the connection: `content-length` (RFC 9110 8.6), `transfer-encoding` (RFC 9112 6.1),
 * `trailer` and the other fields of the connection are left out.
 */
export const informationalHead = (status: number, flat: readonly string[]): string => {
  let text = statusLine(status)
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? ''
    if (isOfTheConnection(name) || name === 'content-length' || name === 'trailer') continue
    text += lineStart(name) + (flat[i + 1] ?? '')
  }
  return text + headEnd
}

/**
 * Writes the head of a response after which the connection speaks another protocol (RFC 9110 7.8 and 9.3.6).
 *
 * @throws {HttpError} `RESPONSE_INVALID` (500): 101 to a request without Upgrade, or another status to one that is no CONNECT.
 */
export const switchingHead = (
  request: Pick<RequestHead, 'method' | 'upgrade'>,
  { status, headers }: HttpResponse,
): string => {
  const tunnels = request.method === 'CONNECT' && status >= 200 && status < 300
  if (!tunnels && !(status === 101 && request.upgrade !== undefined)) {
    throw invalid(`a connection to be taken over with status ${status} after ${request.method}`)
  }
  let text = statusLine(status)
  const flat = flatFields(headers)
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? ''
    if (name === 'upgrade' && status === 101) checkOffered(flat[i + 1] ?? '', request.upgrade ?? '')
    // RFC 9110 8.6 and RFC 9112 6.1: neither 1xx nor 2xx to CONNECT has a length or a coding.
    if (name === 'upgrade' || !(isOfTheConnection(name) || name === 'content-length')) {
      text += lineStart(name) + (flat[i + 1] ?? '')
    }
  }
  return `${text}${status === 101 ? '\r\nconnection: upgrade' : ''}\r\n\r\n`
}

/** RFC 9110 7.8: a server must not switch to a protocol that the client did not offer. */
const checkOffered = (chosen: string, offered: string): void => {
  const offers = membersOf(offered)
  for (const protocol of membersOf(chosen)) {
    if (!offers.includes(protocol))
      throw invalid(`a switch to ${protocol}, which the client did not offer`)
  }
}

/**
 * Writes the whole response to a request that could not be read, in latin1: that of `answerError`. It closes the connection.
 */
export const refusal = (error: unknown, date: string): string => {
  const response = answerError(error)
  const content = contentOf(response)
  const sent = content === undefined ? empty({ status: response.status }) : response
  const { text } = responseHead(refused, sent, { keepAlive: false, date })
  return text + (content ?? '')
}

/** Stands for a request that could not be read. */
const refused = { method: 'GET', version: '1.1' } as const

/** Content that is ready at once, one character for each byte. */
const contentOf = ({ body }: HttpResponse): string | undefined => {
  const { byteLength = 0 } = body
  const source = pullFrom(body)
  if (byteLength === 0) return ''
  const whole = takeWhole(source, byteLength)
  if (ArrayBuffer.isView(whole))
    return Buffer.from(whole.buffer, whole.byteOffset, whole.length).toString('latin1')
  closeQuietly(whole)
  return undefined
}

const mayOmitContent = (method: string, status: number) => method === 'HEAD' || status === 304

/** Any code may make a body, and its `byteLength` is written into the head. */
const checkedLength = (length: number | undefined): number | undefined => {
  if (length === undefined || (Number.isSafeInteger(length) && length >= 0)) return length
  throw invalid('a body whose byteLength is not a whole number of 0 or more')
}

/** The content-length that a handler gave must be that of its body, but where the body stands for none. */
const agreedLength = (known: number | undefined, given: string, stands: boolean): number => {
  const bytes = Number(given)
  if (!/^\d+$/.test(given) || !Number.isSafeInteger(bytes))
    throw invalid(`the content-length ${given}`)
  if (known !== undefined && known !== bytes && !stands) {
    throw invalid(`a content-length of ${bytes} and a body of ${known} bytes`)
  }
  return bytes
}

const framingOf = (
  request: Pick<RequestHead, 'method' | 'version'>,
  status: number,
  length: number | undefined,
): ResponseFraming => {
  if (request.method === 'HEAD' || hasNoContent(status)) return none
  if (length !== undefined) return { kind: 'length', bytes: length }
  return request.version === '1.1' ? chunked : untilClose
}

const hasNoContent = (status: number) => status === 204 || status === 205 || status === 304

/** The end of a head, with the field that tells the framing. */
const framingEnd = (version: '1.0' | '1.1', status: number, length: number | undefined): string => {
  if (length === undefined) return version === '1.1' && status !== 304 ? chunkedEnd : headEnd
  return status === 304 && length === 0 ? headEnd : lengthEnd(length)
}

const invalid = (found: string) =>
  new HttpError('RESPONSE_INVALID', `Cannot send the response: found ${found}`)
