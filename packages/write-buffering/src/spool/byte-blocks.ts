import type { Bytes } from '@sluice/body'

/** From here on a part is kept as it is, and not copied. */
const largeBytes = 4096

/** Small parts are copied into blocks of this size, so that a body of single bytes costs its bytes and not an object each. */
const blockBytes = 16_384

const none = new Uint8Array(0)

/** Bytes held in order, at little more than their own size, however they were cut. */
export class ByteBlocks {
  #parts: Bytes[] = []
  #taken = 0
  #byteLength = 0
  #block = none
  /** What of the block stands in `#parts`, and what was copied to it since. */
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
    const part = this.#parts[this.#taken] ?? none
    const some = part.length > maxBytes ? part.subarray(0, maxBytes) : part
    if (some === part) this.#parts[this.#taken++] = none
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
