import { crc32 } from 'node:zlib'
import { adler32 } from './adler32.ts'

/** The wrapper of raw deflate: a head, and a tail with a checksum of the plain text. The body keeps the checksum so far. */
export interface Wrapper {
  readonly head: Uint8Array
  /** The checksum of no bytes. */
  readonly emptyCheck: number
  /** Continues a checksum. A signed number, since V8 stores these in the field itself. */
  checkOf(bytes: Uint8Array, before: number): number
  /** @param length Bytes of plain text, modulo 2^32. */
  tail(check: number, length: number): Uint8Array
}

/** A gzip member (RFC 1952): no flags, no time, system unknown; its tail is the CRC-32 and the length of the plain text. */
export const gzipMember: Wrapper = {
  head: Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255),
  emptyCheck: 0,
  // For no bytes zlib returns the initial checksum, not the one so far.
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
 * A zlib stream (RFC 1950), which HTTP calls deflate: a window of 32 KiB, the default level. Its tail is the Adler-32 of
 * the plain text.
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
