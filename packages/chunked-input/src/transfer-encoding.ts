import { isToken, withoutBlanks } from '@sluice/body/engine'
import { HttpError } from '@sluice/stack'
import { match } from 'ts-pattern'

/** The transfer codings of a message, and what may contradict them. */
export interface TransferCodings {
  readonly version: string
  /** The values of the Transfer-Encoding lines, in order. */
  readonly lines: readonly string[]
  /** Whether there is also a Content-Length. */
  readonly hasLength: boolean
}

/**
 * Checks that a request which has Transfer-Encoding is in the chunked coding and in no other.
 *
 * The server and `chunkedInput` both use it. An ambiguous field is refused, since such fields were used to smuggle requests past a
 * proxy that read them differently (RFC 9112 sections 6.1 and 6.3).
 *
 * @throws {HttpError} `FRAMING_INVALID` (400) if `chunked` is not the last coding or comes twice, if there is a Content-Length, or
 * in HTTP/1.0; `CODING_UNKNOWN` (501) if another coding stands before it.
 *
 * @example
 * ```ts
 * import { checkTransferCodings } from '@sluice/chunked-input'
 *
 * checkTransferCodings({ version: '1.1', lines: ['Chunked'], hasLength: false })
 * ```
 */
export const checkTransferCodings = ({ version, lines, hasLength }: TransferCodings): void => {
  // The usual case needs no further checks.
  if (lines.length === 1 && lines[0] === 'chunked' && !hasLength && version !== '1.0') return
  match(kindOf({ version, lines, hasLength }))
    .with('length as well', () => refuse('Content-Length as well, wanted one of them'))
    .with('HTTP/1.0', () => refuse('it in HTTP/1.0, wanted HTTP/1.1'))
    .with('chunked', () => {})
    .with('another coding first', () => refuseCoding())
    .with('another list', () => refuse('another list, wanted chunked, last and once'))
    .exhaustive()
}

type Kind = 'length as well' | 'HTTP/1.0' | 'chunked' | 'another coding first' | 'another list'

const kindOf = ({ version, lines, hasLength }: TransferCodings): Kind => {
  if (hasLength) return 'length as well'
  if (version === '1.0') return 'HTTP/1.0'
  const codings = codingsOf(lines)
  if (codings.length === 1 && codings[0] === 'chunked') return 'chunked'
  return isChunkedLastAndOnce(codings) ? 'another coding first' : 'another list'
}

/** The codings in lower case, except names that are not tokens: lower case is defined for ASCII. */
const codingsOf = (lines: readonly string[]): readonly string[] =>
  lines
    .flatMap((line) => line.split(','))
    .map((text) => withoutBlanks(text))
    .map((coding) => (isToken(nameOf(coding)) ? coding.toLowerCase() : coding))

/** RFC 9112 7: a coding may have parameters. Chunked has none. */
const nameOf = (coding: string): string => {
  const semicolon = coding.indexOf(';')
  return semicolon < 0 ? coding : withoutBlanks(coding, 0, semicolon)
}

const isChunkedLastAndOnce = (codings: readonly string[]): boolean => {
  const names = codings.map(nameOf)
  return (
    codings.length > 1 &&
    codings.at(-1) === 'chunked' &&
    names.indexOf('chunked') === names.length - 1 &&
    names.every(isToken)
  )
}

const refuse = (found: string): never => {
  throw new HttpError('FRAMING_INVALID', `Cannot use Transfer-Encoding: found ${found}`)
}

const refuseCoding = (): never => {
  throw new HttpError(
    'CODING_UNKNOWN',
    'Cannot use Transfer-Encoding: found another coding before chunked, wanted chunked alone',
  )
}
