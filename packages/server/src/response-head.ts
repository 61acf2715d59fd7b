import { flatFields } from '@sluice/body'
import { answerError, HttpError } from '@sluice/stack'
import {
  chunkedEnd,
  dateLine,
  headEnd,
  lengthEnd,
  lineStart,
  newStartAt,
  startAt,
  statusLine,
} from './head-pieces.ts'
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

const none: ResponseFraming = { kind: 'none' }
const chunked: ResponseFraming = { kind: 'chunked' }
const untilClose: ResponseFraming = { kind: 'close' }

/**
 * Writes the head of a response and picks its framing (RFC 9112 6.3): the length where the body knows it, or the handler's
 * content-length says it, else chunked, else, for HTTP/1.0, the end of the connection.
 *
 * HEAD, 204 and 304 have no content; HEAD and 304 keep the fields that a GET would have.
 *
 * @throws {HttpError} `RESPONSE_INVALID` (500): a status that is no final one, or two lengths that differ.
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
  let length = body.byteLength
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
    } else if (isOfTheConnection(name)) {
      if (name === 'connection' && /(^|,)[ \t]*close[ \t]*(,|$)/i.test(value)) keepAlive = false
      continue
    }
    text += newStartAt(i, name)
    text += value
  }
  if (!hasDate) text += dateLine(options.date)
  const framing = framingOf(request, status, length)
  if (framing.kind === 'close') keepAlive = false
  if (!keepAlive) text += '\r\nconnection: close'
  else if (request.version === '1.0') text += '\r\nconnection: keep-alive'
  text += status === 204 ? headEnd : framingEnd(request.version, status, length)
  return { text, framing, keepAlive }
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
    // RFC 9110 8.6 and RFC 9112 6.1: neither 1xx nor 2xx to CONNECT has a length or a coding.
    if (name === 'upgrade' || !(isOfTheConnection(name) || name === 'content-length')) {
      text += lineStart(name) + (flat[i + 1] ?? '')
    }
  }
  return `${text}${status === 101 ? '\r\nconnection: upgrade' : ''}\r\n\r\n`
}

/**
 * Writes the whole response to a request that could not be read, in latin1. It closes the connection.
 */
export const refusal = (error: unknown, date: string): string => {
  const response = answerError(error)
  const explanation =
    response.status < 500 && typeof error === 'object' && error !== null && 'message' in error
      ? `${error.message}\n`
      : ''
  return [
    statusLine(response.status),
    `date: ${date}`,
    'connection: close',
    ...(explanation === '' ? [] : ['content-type: text/plain; charset=utf-8']),
    `content-length: ${explanation.length}`,
    '',
    explanation,
  ].join('\r\n')
}

const mayOmitContent = (method: string, status: number) => method === 'HEAD' || status === 304

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
  if (request.method === 'HEAD' || status === 204 || status === 304) return none
  if (length !== undefined) return { kind: 'length', bytes: length }
  return request.version === '1.1' ? chunked : untilClose
}

/** The end of a head, with the field that tells the framing. */
const framingEnd = (version: '1.0' | '1.1', status: number, length: number | undefined): string => {
  if (length === undefined) return version === '1.1' && status !== 304 ? chunkedEnd : headEnd
  return status === 304 && length === 0 ? headEnd : lengthEnd(length)
}

const invalid = (found: string) =>
  new HttpError('RESPONSE_INVALID', `Cannot send the response: found ${found}`)
