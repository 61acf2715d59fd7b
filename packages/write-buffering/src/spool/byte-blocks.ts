import { noBytes } from '@sluice/body/engine'
import type { Bytes } from '@sluice/body'

/** Parts of this size and more are kept, and not copied. */
const largeBytes = 4096

/** Small parts are copied into blocks of this size: a body of single bytes then takes no object for each byte. */
const blockBytes = 16_384

/** Bytes in order, in little more memory than their size, however they were cut. */
export class ByteBlocks {
  #parts: Bytes[] = []
  #taken = 0
  #byteLength = 0
  #block = noBytes
  /** The end of what `#parts` has of the block, and the end of what was copied to it. */
  #sealed = 0
  #used = 0

  get byteLength(): number {
    return this.#byteLength
  }

  push(bytes: Bytes): void {
    // The first is kept as it is, since it is often the only one.
    if (bytes.length >= largeBytes || this.#byteLength === 0) {
      this.#seal()
      this.#parts.push(bytes)
    } else {
      if (bytes.length > this.#block.length - this.#used) {
        this.#seal()
        this.#block = new Uint8Array(blockBytes)
        this.#sealed = 0
        this.#used = 0
      }
      this.#block.set(bytes, this.#used)
      this.#used += bytes.length
    }
    this.#byteLength += bytes.length
  }

  /** Takes the first part, or its first `maxBytes`; there must be one. */
  takeSome(maxBytes: number): Bytes {
    this.#seal()
    const part = this.#parts[this.#taken] ?? noBytes
    const some = part.length > maxBytes ? part.subarray(0, maxBytes) : part
    if (some === part) this.#parts[this.#taken++] = noBytes
    else this.#parts[this.#taken] = part.subarray(maxBytes)
    this.#byteLength -= some.length
    return some
  }

  /** Takes everything. */
  takeAll(): readonly Bytes[] {
    this.#seal()
    const parts = this.#parts.slice(this.#taken)
    this.#parts = []
    this.#taken = 0
    this.#byteLength = 0
    return parts
  }

  #seal(): void {
    if (this.#used === this.#sealed) return
    this.#parts.push(this.#block.subarray(this.#sealed, this.#used))
    this.#sealed = this.#used
  }
}
