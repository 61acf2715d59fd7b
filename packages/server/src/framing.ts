import { HttpError } from '@sluice/stack'
import { match } from 'ts-pattern'

/** How the content of a message is delimited (RFC 9112 section 6). */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }

export const noContent: Framing = { kind: 'none' }
const chunkedContent: Framing = { kind: 'chunked' }

/** What the head says about framing. */
export interface FramingFields {
  readonly version: '1.0' | '1.1'
  readonly codings: readonly string[]
  readonly lengths: readonly string[]
}

/**
 * Picks the framing of a request. One that names two framings is refused, not repaired: RFC 9112 section 6.3 lets a server read
 * some of these, and every one of them has been used to smuggle a request past a proxy that read it otherwise.
 *
 * @throws {HttpError} `FRAMING_INVALID` (400), `CODING_UNKNOWN` (501).
 */
export const framingOf = (fields: FramingFields): Framing => {
  // Most requests have neither field; they are not asked further.
  if (fields.codings.length === 0 && fields.lengths.length === 0) return noContent
  return match<FramingFields, Framing>(fields)
    .with({ codings: [] }, ({ lengths }) => lengthOf(lengths))
    .with({ version: '1.0' }, () => {
      throw invalid('Transfer-Encoding in HTTP/1.0')
    })
    .with({ lengths: [] }, ({ codings }) => codingOf(codings))
    .otherwise(() => {
      throw invalid('both Transfer-Encoding and Content-Length')
    })
}

/** RFC 9112 6.3 item 5: exactly one value of digits; no list, no sign, no space. */
const lengthOf = (lengths: readonly string[]): Framing => {
  const [digits = ''] = lengths
  if (lengths.length > 1) throw invalid('more than one Content-Length')
  if (!/^[0-9]+$/.test(digits)) throw invalid('a Content-Length that is not digits alone')
  const bytes = Number(digits)
  if (!Number.isSafeInteger(bytes) || digits.length > 16)
    throw invalid('a Content-Length above 2^53 - 1')
  return { kind: 'length', bytes }
}

/** RFC 9112 6.1: `chunked`, last and once; no other coding is understood here. */
const codingOf = (lines: readonly string[]): Framing => {
  if (lines.length === 1 && lines[0]?.toLowerCase() === 'chunked') return chunkedContent
  const codings = lines
    .join(',')
    .split(',')
    .map((coding) => coding.replace(/^[ \t]+|[ \t]+$/g, '').toLowerCase())
  const last = codings.at(-1)
  if (last !== 'chunked') throw invalid('a Transfer-Encoding that does not end with chunked')
  if (codings.filter((coding) => coding === 'chunked').length > 1)
    throw invalid('chunked applied twice')
  if (codings.includes('')) throw invalid('an empty transfer coding')
  throw new HttpError(
    'CODING_UNKNOWN',
    `Cannot decode the content: found the codings ${codings.join(', ')}, wanted chunked`,
  )
}

const invalid = (found: string) =>
  new HttpError('FRAMING_INVALID', `Cannot frame the content: found ${found}`)
