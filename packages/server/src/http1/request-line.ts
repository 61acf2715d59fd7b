import { tokenTable } from '@sluice/body/engine'
import { serverError } from '../errors.ts'
import { skip } from './syntax.ts'

export interface RequestLine {
  readonly method: string
  readonly target: string
  readonly version: '1.0' | '1.1'
}

const http11 = 'HTTP/1.1'
const http10 = 'HTTP/1.0'

/**
 * Parses a request line without its line end: `method SP request-target SP HTTP-version` (RFC 9112 section 3), with single
 * spaces. `checkTarget` checks the target later. HTTP/1.2 to 1.9 are read as 1.1 (RFC 9110 section 2.5).
 *
 * @throws {HttpError} `REQUEST_LINE_INVALID` (400), `TARGET_TOO_LONG` (414), `VERSION_UNSUPPORTED` (505).
 */
export const parseRequestLine = (
  text: string,
  start: number,
  end: number,
  maxTargetBytes: number,
): RequestLine => {
  const methodEnd = skipMethod(text, start, end)
  if (methodEnd === end) throw invalid('a request-target after one space')
  const targetEnd = skipTarget(text, methodEnd + 1, end, maxTargetBytes)
  if (targetEnd === end) throw invalid('a version after the request-target')
  const method = text.slice(start, methodEnd)
  const target = text.slice(methodEnd + 1, targetEnd)
  const version = text.slice(targetEnd + 1, end)
  if (version === http11) return { method, target, version: '1.1' }
  if (version === http10) return { method, target, version: '1.0' }
  if (/^HTTP\/1\.[2-9]$/.test(version)) return { method, target, version: '1.1' }
  if (/^HTTP\/\d\.\d$/.test(version)) {
    throw serverError('VERSION_UNSUPPORTED', `Cannot serve ${version}: wanted HTTP/1.1 or HTTP/1.0`)
  }
  throw invalid('HTTP/1.1 or HTTP/1.0 at its end')
}

/** Checks the beginning of a request line. The error is the same as `parseRequestLine` gives for the whole line. */
export const checkRequestLineStart = (text: string, maxTargetBytes: number): void => {
  // A CR at the end may belong to the line end.
  const end = text.endsWith('\r') ? text.length - 1 : text.length
  const methodEnd = skipMethod(text, 0, end)
  if (methodEnd < end) skipTarget(text, methodEnd + 1, end, maxTargetBytes)
}

/** The place of the space after the method, or the end. */
const skipMethod = (text: string, start: number, end: number) => {
  const at = skip(tokenTable, text, start, end)
  if (at === start || (at < end && text.charCodeAt(at) !== 32)) {
    throw invalid('a method that is a token, then one space')
  }
  return at
}

/** The place of the space after the target, or the end. */
const skipTarget = (text: string, start: number, end: number, maxTargetBytes: number) => {
  const space = text.indexOf(' ', start)
  const at = space < 0 || space > end ? end : space
  if (at === start && at < end) throw invalid('a request-target after one space')
  if (at - start > maxTargetBytes) {
    throw serverError(
      'TARGET_TOO_LONG',
      `Cannot read the request line: its target is longer than ${maxTargetBytes} bytes`,
    )
  }
  return at
}

const invalid = (wanted: string) =>
  serverError('REQUEST_LINE_INVALID', `Cannot read the request line: wanted ${wanted}`)
