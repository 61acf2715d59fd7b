import { fieldName } from '@sluice/body'
import { HttpError } from '@sluice/stack'
import { fieldValueTable, skip, tokenTable } from './characters.ts'

/**
 * Parses a field line without its line end (RFC 9112 section 5) and appends its name, in lower case, and its value.
 *
 * No space before the colon, no folding, no control character but HTAB; the value is stripped of spaces and tabs alone.
 *
 * @throws {HttpError} `FIELD_INVALID` (400).
 */
export const parseFieldLine = (text: string, start: number, end: number, flat: string[]): void => {
  const colon = skip(tokenTable, text, start, end)
  if (colon === start || text.charCodeAt(colon) !== 58) throw invalidName(text, start)
  let from = colon + 1
  let to = end
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  if (skip(fieldValueTable, text, from, to) !== to) {
    throw new HttpError(
      'FIELD_INVALID',
      'Cannot read a field line: found a control character in its value',
    )
  }
  flat.push(fieldName(text.slice(start, colon)), text.slice(from, to))
}

/** Checks what has come of a field line that is not finished: an error is the same however the line was cut. */
export const checkFieldLineStart = (text: string): void => {
  const nameEnd = skip(tokenTable, text, 0, text.length)
  if (nameEnd < text.length && (nameEnd === 0 || text.charCodeAt(nameEnd) !== 58)) {
    throw invalidName(text, 0)
  }
}

const isBlank = (code: number) => code === 32 || code === 9

const invalidName = (text: string, start: number) =>
  new HttpError(
    'FIELD_INVALID',
    isBlank(text.charCodeAt(start))
      ? 'Cannot read a field line: found a space at its beginning, wanted no folded lines'
      : 'Cannot read a field line: wanted a name that is a token, and a colon right after it',
  )
