import { concat } from './bytes.ts'

/** Bytes waiting in order, taken from the front; copies only what spans its parts. */
export class ByteQueue {
  #parts: Uint8Array[] = []
  #byteLength = 0

  get byteLength(): number {
    return this.#byteLength
  }

  push(bytes: Uint8Array): void {
    this.#parts.push(bytes)
    this.#byteLength += bytes.length
  }

  clear(): void {
    this.#parts = []
    this.#byteLength = 0
  }

  /** Takes the first part, or the beginning of it: at least one byte where there is any, at most `maxBytes`. */
  takeSome(maxBytes: number): Uint8Array {
    return this.take(Math.min(maxBytes, this.#parts[0]?.length ?? 0))
  }

  /** Takes exactly `byteLength` bytes, which must be there. */
  take(byteLength: number): Uint8Array {
    const taken: Uint8Array[] = []
    let parts = 0
    let left = byteLength
    for (const part of this.#parts) {
      if (left === 0) break
      if (part.length > left) {
        taken.push(part.subarray(0, left))
        this.#parts[parts] = part.subarray(left)
        left = 0
      } else {
        taken.push(part)
        left -= part.length
        parts++
      }
    }
    this.#parts.splice(0, parts)
    this.#byteLength -= byteLength
    return concat(taken, byteLength)
  }

  /** The first `byteLength` bytes, which must be there; they stay, joined where they span parts. */
  peek(byteLength: number): Uint8Array {
    const [first] = this.#parts
    if (first !== undefined && first.length >= byteLength) return first.subarray(0, byteLength)
    const joined = this.take(byteLength)
    if (joined.length > 0) {
      this.#parts.unshift(joined)
      this.#byteLength += byteLength
    }
    return joined
  }

  /** Where `byte` first stands at or after `from`, or -1. */
  indexOf(byte: number, from: number): number {
    let first = this.#parts.length
    let offset = this.#byteLength
    // From the back, since a search goes on where the last one ended: parts searched before are not walked again.
    while (first > 0 && offset > from) offset -= this.#parts[--first]?.length ?? 0
    for (const part of this.#parts.slice(first)) {
      const at = part.indexOf(byte, Math.max(0, from - offset))
      if (at >= 0) return offset + at
      offset += part.length
    }
    return -1
  }
}
