import { flatFields } from '@sluice/body/engine'
import { checkTrailers } from '@sluice/stack/host'
import type { Fields } from '@sluice/body'

const withoutTrailers = '0\r\n\r\n'

/**
 * The end of a body in the chunked coding: the last chunk, the trailer section, an empty line (RFC 9112 section 7.1.2).
 *
 * Encode it as Latin-1: each character is one byte.
 *
 * @param trailers Field lines of the trailer section; none by default.
 * @throws {TypeError} At the call, when a field must not stand in a trailer section (RFC 9110 section 6.5.1), or is invalid.
 *
 * @example
 * ```ts
 * import { fields } from '@sluice/body'
 * import { lastChunk } from '@sluice/chunked-input'
 *
 * if (lastChunk(fields({ 'X-Sum': '9f' })) !== '0\r\nx-sum: 9f\r\n\r\n') throw new Error('not written')
 * ```
 */
export const lastChunk = (trailers?: Fields): string => {
  if (trailers === undefined || trailers.size === 0) return withoutTrailers
  checkTrailers(trailers)
  const flat = flatFields(trailers)
  let section = ''
  for (let i = 0; i < flat.length; i += 2) section += `${flat[i] ?? ''}: ${flat[i + 1] ?? ''}\r\n`
  return `0\r\n${section}\r\n`
}
