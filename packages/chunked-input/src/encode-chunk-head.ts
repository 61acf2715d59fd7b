/**
 * The line before a chunk's data: its size and CR LF. After the data another CR LF follows (RFC 9112 section 7.1).
 *
 * @param byteLength Bytes of data, 1 or more: an empty chunk is the end of the body.
 * @throws {RangeError} At the call, when `byteLength` is not a whole number of 1 or more.
 *
 * @example
 * ```ts
 * import { chunkHead } from '@sluice/chunked-input'
 *
 * if (chunkHead(26) !== '1a\r\n') throw new Error('not hexadecimal')
 * ```
 */
export const chunkHead = (byteLength: number): string => {
  if (Number.isSafeInteger(byteLength) && byteLength >= 1) return `${byteLength.toString(16)}\r\n`
  throw new RangeError(
    `Cannot write a chunk: found ${byteLength} bytes, wanted a whole number of 1 or more`,
  )
}
