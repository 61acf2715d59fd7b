import { crc32 } from 'node:zlib'
import { adler32 } from './adler32.ts'

/** What stands around raw deflate: a head, and at the end a check of the plain text. The body keeps how far that is. */
export interface Wrapper {
  readonly head: Uint8Array
  /** The check of nothing. */
  readonly emptyCheck: number
  /** The check of what stood before with bytes after it. With a sign, since V8 keeps such a number in the field itself. */
  checkOf(bytes: Uint8Array, before: number): number
  /** @param length Bytes of plain text, modulo 2^32. */
  tail(check: number, length: number): Uint8Array
}

/** A gzip member (RFC 1952): no flags, no time, system unknown; CRC-32 and length of the plain text stand at its end. */
export const gzipMember: Wrapper = {
  head: Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255),
  emptyCheck: 0,
  // zlib takes no bytes at all for a question after the first value, and would start anew.
  checkOf: (bytes, before) => (bytes.length > 0 ? crc32(bytes, before >>> 0) | 0 : before),
  tail: (check, length) => {
    const tail = new Uint8Array(8)
    const view = new DataView(tail.buffer)
    view.setInt32(0, check, true)
    view.setInt32(4, length, true)
    return tail
  },
}

/**
 * A zlib stream (RFC 1950), which HTTP calls deflate: a window of 32 KiB, the default level; Adler-32 of the plain text
 * stands at its end.
 */
export const zlibStream: Wrapper = {
  head: Uint8Array.of(0x78, 0x9c),
  emptyCheck: 1,
  checkOf: (bytes, before) => adler32(bytes, before) | 0,
  tail: (check) => {
    const tail = new Uint8Array(4)
    new DataView(tail.buffer).setInt32(0, check)
    return tail
  },
}
