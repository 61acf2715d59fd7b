import { crc32 } from 'node:zlib'
import { adler32 } from './adler32.ts'

/** What stands around raw deflate: a head, and at the end a check of the plain text. */
export interface Wrapper {
  readonly head: Uint8Array
  /** Takes plain text into the check, in order. */
  take(bytes: Uint8Array): void
  tail(): Uint8Array
}

/** RFC 1952 2.3.1: deflate, no flags, no time, system unknown. */
const gzipHead = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)

/** RFC 1950 2.2: deflate with a window of 32 KiB, the default level. */
const zlibHead = Uint8Array.of(0x78, 0x9c)

/** A gzip member: CRC-32 and length of the plain text stand at its end. */
export class GzipMember implements Wrapper {
  #check = 0
  #length = 0

  get head(): Uint8Array {
    return gzipHead
  }

  take(bytes: Uint8Array): void {
    // zlib takes no bytes at all for a question after the first value, and would start anew.
    if (bytes.length > 0) this.#check = crc32(bytes, this.#check)
    this.#length = (this.#length + bytes.length) >>> 0
  }

  tail(): Uint8Array {
    const tail = new Uint8Array(8)
    const view = new DataView(tail.buffer)
    view.setUint32(0, this.#check, true)
    view.setUint32(4, this.#length, true)
    return tail
  }
}

/** A zlib stream, which HTTP calls deflate: Adler-32 of the plain text stands at its end. */
export class ZlibStream implements Wrapper {
  #check = 1

  get head(): Uint8Array {
    return zlibHead
  }

  take(bytes: Uint8Array): void {
    this.#check = adler32(bytes, this.#check)
  }

  tail(): Uint8Array {
    const tail = new Uint8Array(4)
    new DataView(tail.buffer).setUint32(0, this.#check)
    return tail
  }
}
