import { HttpError } from '@sluice/stack'
import { tokenTable } from './characters.ts'

export interface RequestLine {
  readonly method: string
  readonly target: string
  readonly version: '1.0' | '1.1'
}

/** What common heads begin with, so that the usual request makes no new strings for it. */
const http11 = 'HTTP/1.1'
const http10 = 'HTTP/1.0'

/**
 * Parses a request line without its line end: `method SP request-target SP HTTP-version` (RFC 9112 section 3), each space
 * exactly one. The target is cut out here and checked by `checkTarget`.
 *
 * @throws {HttpError} `REQUEST_LINE_INVALID` (400), `TARGET_TOO_LONG` (414), `VERSION_UNSUPPORTED` (505).
 */
export const parseRequestLine = (
  text: string,
  start: number,
  end: number,
  maxTargetBytes: number,
): RequestLine => {
  let at = start
  while (at < end && tokenTable[text.charCodeAt(at)] === 1) at++
  if (at === start || text.charCodeAt(at) !== 32)
    throw invalid('a method that is a token, then one space')
  const method = text.slice(start, at)
  const targetStart = ++at
  while (at < end && text.charCodeAt(at) !== 32) at++
  if (at === targetStart) throw invalid('a request-target after one space')
  if (at - targetStart > maxTargetBytes) throw targetTooLong(maxTargetBytes)
  if (at === end) throw invalid('a version after the request-target')
  const target = text.slice(targetStart, at)
  const version = text.slice(at + 1, end)
  if (version === http11) return { method, target, version: '1.1' }
  if (version === http10) return { method, target, version: '1.0' }
  if (/^HTTP\/\d\.\d$/.test(version)) {
    throw new HttpError(
      'VERSION_UNSUPPORTED',
      `Cannot serve ${version}: wanted HTTP/1.1 or HTTP/1.0`,
    )
  }
  throw invalid('HTTP/1.1 or HTTP/1.0 at its end')
}

export const targetTooLong = (maxTargetBytes: number): HttpError =>
  new HttpError(
    'TARGET_TOO_LONG',
    `Cannot read the request line: its target is longer than ${maxTargetBytes} bytes`,
  )

const invalid = (wanted: string) =>
  new HttpError('REQUEST_LINE_INVALID', `Cannot read the request line: wanted ${wanted}`)
