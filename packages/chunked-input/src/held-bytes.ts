const leastCapacity = 128

/** Bytes of something unfinished, in one piece of memory of at most twice their number. */
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

  /** All of them, until more are added. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#byteLength)
  }
}

/** A call takes so many arguments anywhere. */
const textBytes = 4096

/**
 * Bytes as a text of ISO-8859-1, which no decoder of the web platform has: its `latin1` is Windows-1252.
 *
 * Made of many bytes at a time: a text to which single characters are added is a tree with a node for each.
 */
export const latin1Of = (bytes: Uint8Array): string => {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += textBytes)
    parts.push(Reflect.apply(String.fromCharCode, undefined, bytes.subarray(at, at + textBytes)))
  return parts.length === 1 ? (parts[0] ?? '') : parts.join('')
}
