import { HttpError } from '@sluice/stack'
import { match } from 'ts-pattern'

/** How the content of a response is delimited; `close`: by the end of the connection, for HTTP/1.0. */
export type ResponseFraming =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' }

const none: ResponseFraming = { kind: 'none' }
const chunked: ResponseFraming = { kind: 'chunked' }
const untilClose: ResponseFraming = { kind: 'close' }

const ofLength = (bytes: number): ResponseFraming => ({ kind: 'length', bytes })

/**
 * Picks the framing that a response to GET has (RFC 9112 6.3): the length if it is known, else chunked, else, for HTTP/1.0, the
 * end of the connection.
 *
 * It is what the head says, also in a response without content: to HEAD, or a 304 (RFC 9110 8.6). A 204 says nothing (RFC 9110
 * 8.6), and a 205 a length of 0 (RFC 9110 15.3.6).
 */
export const announcedFraming = (
  version: '1.0' | '1.1',
  status: number,
  length: number | undefined,
): ResponseFraming => {
  const rule = contentRule(status)
  // These two are nearly all responses, and a match would be slower.
  if (rule === 'may have content') {
    if (length !== undefined) return ofLength(length)
    if (version === '1.1') return chunked
  }
  return match(rule)
    .returnType<ResponseFraming>()
    .with('may have content', () => untilClose)
    .with('has no length', () => none)
    .with('has the length 0', () => ofLength(0))
    .with('has the length of a 200', () =>
      length === undefined || length === 0 ? none : ofLength(length),
    )
    .exhaustive()
}

/** The framing of the content that is sent after a head. */
export const sentFraming = (
  method: string,
  status: number,
  announced: ResponseFraming,
): ResponseFraming =>
  method === 'HEAD' || contentRule(status) !== 'may have content' ? none : announced

type ContentRule =
  | 'may have content'
  | 'has no length'
  | 'has the length 0'
  | 'has the length of a 200'

const contentRule = (status: number): ContentRule => {
  switch (status) {
    case 204:
      return 'has no length'
    case 205:
      return 'has the length 0'
    case 304:
      return 'has the length of a 200'
    default:
      return 'may have content'
  }
}

/** Checks the `byteLength` of a body: any code may make a body, and it is written into the head. */
export const checkedLength = (length: number | undefined): number | undefined => {
  if (length === undefined || (Number.isSafeInteger(length) && length >= 0)) return length
  throw responseInvalid('a body whose byteLength is not a whole number of 0 or more')
}

/**
 * Checks the content-length that a handler gives. It must be that of the body, except that an empty body may stand for the
 * content in a response to HEAD and in a 304.
 */
export const agreedLength = (
  method: string,
  status: number,
  bodyLength: number | undefined,
  given: string,
): number => {
  const bytes = Number(given)
  if (!/^\d+$/.test(given) || !Number.isSafeInteger(bytes))
    throw responseInvalid(`the content-length ${given}`)
  const omitsContent = bodyLength === 0 && (method === 'HEAD' || status === 304)
  if (bodyLength !== undefined && bodyLength !== bytes && !omitsContent)
    throw responseInvalid(`a content-length of ${bytes} and a body of ${bodyLength} bytes`)
  return bytes
}

/** The error about a response that cannot be sent as its handler gave it. */
export const responseInvalid = (found: string): HttpError =>
  new HttpError('RESPONSE_INVALID', `Cannot send the response: found ${found}`)
