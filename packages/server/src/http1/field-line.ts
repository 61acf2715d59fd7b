import { fieldValueTable, isBlank, skipBytes, tokenTable } from '@sluice/body/engine'
import { serverError } from '../errors.ts'
import { skip } from './syntax.ts'

/**
 * Checks a field line without its line end (RFC 9112 section 5) and gives the place of its colon.
 *
 * A space before the colon, a folded line, and control characters other than HTAB are refused.
 *
 * @param isClean Whether the line is known to have no control characters.
 * @throws {HttpError} `FIELD_INVALID` (400).
 */
export const checkFieldLine = (
  bytes: Uint8Array,
  start: number,
  end: number,
  isClean: boolean,
): number => {
  const colon = skipBytes(tokenTable, bytes, start, end)
  if (colon === start || bytes[colon] !== 58) throw invalidName(bytes[start])
  if (!isClean && skipBytes(fieldValueTable, bytes, colon + 1, end) !== end) {
    throw serverError(
      'FIELD_INVALID',
      'Cannot read a field line: found a control character in its value',
    )
  }
  return colon
}

/** Checks the beginning of a field line. The error is the same as for the whole line. */
export const checkFieldLineStart = (text: string): void => {
  const nameEnd = skip(tokenTable, text, 0, text.length)
  if (nameEnd < text.length && (nameEnd === 0 || text.charCodeAt(nameEnd) !== 58)) {
    throw invalidName(text.charCodeAt(0))
  }
}

const invalidName = (first: number | undefined) =>
  serverError(
    'FIELD_INVALID',
    isBlank(first)
      ? 'Cannot read a field line: found a space at its beginning, wanted no folded lines'
      : 'Cannot read a field line: wanted a name that is a token, and a colon right after it',
  )
