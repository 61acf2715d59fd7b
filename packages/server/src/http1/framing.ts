import { checkTransferCodings } from '@sluice/chunked-input'
import { HttpError } from '@sluice/stack'

/** How the content of a message is delimited (RFC 9112 section 6). */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }

export const noContent: Framing = { kind: 'none' }
const chunkedContent: Framing = { kind: 'chunked' }

/** The framing fields of a head: the values of their lines. */
export interface FramingFields {
  readonly version: '1.0' | '1.1'
  readonly codings: readonly string[] | undefined
  readonly lengths: readonly string[] | undefined
}

/**
 * Picks the framing of a request. One that names two framings is refused, not repaired: RFC 9112 section 6.3 lets a server read
 * some of these, and every one of them has been used to smuggle a request past a proxy that read it otherwise.
 *
 * @throws {HttpError} `FRAMING_INVALID` (400), `CODING_UNKNOWN` (501).
 */
export const framingOf = (fields: FramingFields): Framing => {
  const { version, codings, lengths } = fields
  // Most requests have neither field; they are not asked further.
  if (codings === undefined) return lengths === undefined ? noContent : lengthOf(lengths)
  checkTransferCodings({ version, lines: codings, hasLength: lengths !== undefined })
  return chunkedContent
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

const invalid = (found: string) =>
  new HttpError('FRAMING_INVALID', `Cannot frame the content: found ${found}`)
