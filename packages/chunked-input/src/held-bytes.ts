const leastCapacity = 128

/** Bytes of an unfinished name or value, in one block of at most twice their size. */
export class HeldBytes {
  #bytes = new Uint8Array()
  #byteLength = 0

  add(bytes: Uint8Array, start: number, end: number): void {
    const byteLength = this.#byteLength + end - start
    if (byteLength > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(leastCapacity, 2 * byteLength))
      grown.set(this.#bytes.subarray(0, this.#byteLength))
      this.#bytes = grown
    }
    this.#bytes.set(bytes.subarray(start, end), this.#byteLength)
    this.#byteLength = byteLength
  }

  /** All bytes; valid until more are added. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#byteLength)
  }
}
