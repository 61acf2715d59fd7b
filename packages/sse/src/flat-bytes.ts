/** A larger block is not kept for the next bytes. */
const keptBytes = 4096
const leastBytes = 64
const none = new Uint8Array()

/**
 * Bytes that come in pieces, copied into one block: however small the pieces are, they cost at most twice their bytes, and keep
 * no buffer of their sender alive.
 */
export class FlatBytes {
  #block = none
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

  /** Takes everything. What it gives is valid until more is added. */
  take(): Uint8Array {
    const bytes = this.#block.subarray(0, this.#byteLength)
    this.#byteLength = 0
    if (this.#block.length > keptBytes) this.#block = none
    return bytes
  }

  #grow(byteLength: number): void {
    const block = new Uint8Array(Math.max(byteLength, 2 * this.#block.length, leastBytes))
    block.set(this.#block.subarray(0, this.#byteLength))
    this.#block = block
  }
}
