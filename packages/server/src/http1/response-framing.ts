import { contentRule } from '@sluice/stack/host'
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
