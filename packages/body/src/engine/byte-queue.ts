import { concat, noBytes } from '../bytes.ts'
import type { Bytes } from '../frames.ts'

// Each part takes memory beside its bytes, and may keep a whole read buffer alive: so small parts are joined.
const smallBytes = 256
const joinedParts = 256

/** Bytes waiting in order, taken from the front; copies what spans its parts, and runs of small parts once. */
export class ByteQueue {
  #parts: Bytes[] = []
  /** How many of the first parts have been taken. */
  #gone = 0
  /** How many of the last parts are small and not joined. */
  #small = 0
  #byteLength = 0

  get byteLength(): number {
    return this.#byteLength
  }

  push(bytes: Bytes): void {
    if (bytes.length === 0) return
    this.#parts.push(bytes)
    this.#byteLength += bytes.length
    if (bytes.length >= smallBytes) this.#small = 0
    else if (++this.#small === joinedParts) this.#joinSmall()
  }

  clear(): void {
    this.#parts = []
    this.#gone = 0
    this.#small = 0
    this.#byteLength = 0
  }

  /** Takes the first part, or the beginning of it: at least one byte if there is any, at most `maxBytes`. */
  takeSome(maxBytes: number): Bytes {
    return this.take(Math.min(maxBytes, this.#parts[this.#gone]?.length ?? 0))
  }

  /** Takes exactly `byteLength` bytes, which must be there. */
  take(byteLength: number): Bytes {
    const found: Bytes[] = []
    let left = byteLength
    while (left > 0) {
      const part = this.#parts[this.#gone]
      if (part === undefined) break
      if (part.length > left) {
        found.push(part.subarray(0, left))
        this.#parts[this.#gone] = part.subarray(left)
        left = 0
      } else {
        found.push(part)
        left -= part.length
        this.#parts[this.#gone++] = noBytes
      }
    }
    this.#byteLength -= byteLength
    this.#dropGone()
    return concat(found, byteLength)
  }

  /** The first `byteLength` bytes, which must be there. They stay, and are joined if they span parts. */
  peek(byteLength: number): Bytes {
    const first = this.#parts[this.#gone]
    if (first !== undefined && first.length >= byteLength) return first.subarray(0, byteLength)
    const joined = this.take(byteLength)
    if (joined.length > 0) {
      if (this.#gone > 0) this.#parts[--this.#gone] = joined
      else this.#parts.unshift(joined)
      this.#byteLength += byteLength
    }
    return joined
  }

  /** The first part, or its first `maxBytes`: none if nothing is there. They stay. */
  peekFirst(maxBytes: number): Bytes {
    const first = this.#parts[this.#gone] ?? noBytes
    return first.length <= maxBytes ? first : first.subarray(0, maxBytes)
  }

  /** Drops the first `byteLength` bytes, which must be in the first part. */
  skip(byteLength: number): void {
    const first = this.#parts[this.#gone]
    if (first === undefined) return
    this.#byteLength -= byteLength
    if (byteLength < first.length) this.#parts[this.#gone] = first.subarray(byteLength)
    else {
      this.#parts[this.#gone++] = noBytes
      this.#dropGone()
    }
  }

  /** Where `byte` first stands at or after `from`, or -1. */
  indexOf(byte: number, from: number): number {
    let index = this.#gone
    let offset = 0
    if (from > 0) {
      // From the back, since a search continues where the last one ended: parts searched before are not visited again.
      index = this.#parts.length
      offset = this.#byteLength
      while (index > this.#gone && offset > from) offset -= this.#parts[--index]?.length ?? 0
    }
    for (let part = this.#parts[index]; part !== undefined; part = this.#parts[++index]) {
      const at = part.indexOf(byte, Math.max(0, from - offset))
      if (at >= 0) return offset + at
      offset += part.length
    }
    return -1
  }

  #joinSmall(): void {
    const small = this.#parts.splice(this.#parts.length - this.#small)
    this.#parts.push(concat(small))
    this.#small = 0
  }

  /** Shifts by many at once, so that taking part after part costs no more than there are parts. */
  #dropGone(): void {
    const left = this.#parts.length - this.#gone
    this.#small = Math.min(this.#small, left)
    if (left > 0 && (this.#gone < 32 || this.#gone < left)) return
    if (left === 0) this.#parts.length = 0
    else this.#parts = this.#parts.slice(this.#gone)
    this.#gone = 0
  }
}
