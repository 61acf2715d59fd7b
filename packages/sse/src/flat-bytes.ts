import { noBytes } from '@sluice/body/engine'

/** Blocks larger than this are not reused. */
const keptBytes = 4096
const leastBytes = 64

/**
 * Copies pieces of bytes into one block. However small the pieces are, they take at most twice their bytes, and do not keep the
 * received buffers alive.
 */
export class FlatBytes {
  #block = noBytes
  #byteLength = 0

  get byteLength(): number {
    return this.#byteLength
  }

  add(bytes: Uint8Array): void {
    const byteLength = this.#byteLength + bytes.length
    if (byteLength > this.#block.length) this.#grow(byteLength)
    this.#block.set(bytes, this.#byteLength)
    this.#byteLength = byteLength
  }

  addByte(byte: number): void {
    if (this.#byteLength === this.#block.length) this.#grow(this.#byteLength + 1)
    this.#block[this.#byteLength++] = byte
  }

  /** Takes everything. The result is valid until more is added. */
  take(): Uint8Array {
    const bytes = this.#block.subarray(0, this.#byteLength)
    this.#byteLength = 0
    if (this.#block.length > keptBytes) this.#block = noBytes
    return bytes
  }

  #grow(byteLength: number): void {
    const block = new Uint8Array(Math.max(byteLength, 2 * this.#block.length, leastBytes))
    block.set(this.#block.subarray(0, this.#byteLength))
    this.#block = block
  }
}
