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

  /** All of them; valid until more are added. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#byteLength)
  }
}

/** V8 joins this few characters into a flat string, and more into a tree. */
const shortBytes = 12

/** Every engine takes this many arguments in one call. */
const callBytes = 4096

const decoder = new TextDecoder()

/**
 * Decodes the bytes between two places as ISO-8859-1. The web platform has no decoder for it: its `latin1` is Windows-1252. ASCII
 * is decoded as UTF-8.
 *
 * Never by adding single characters: that makes a tree with a node for each.
 */
export const latin1Of = (bytes: Uint8Array, start: number, end: number): string => {
  if (end - start <= shortBytes) return shortOf(bytes, start, end)
  if (isAscii(bytes, start, end)) return decoder.decode(bytes.subarray(start, end))
  const parts: string[] = []
  for (let at = start; at < end; at += callBytes) {
    const part = bytes.subarray(at, Math.min(at + callBytes, end))
    parts.push(Reflect.apply(String.fromCharCode, undefined, part))
  }
  return parts.join('')
}

const shortOf = (bytes: Uint8Array, start: number, end: number): string => {
  let text = ''
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] ?? 0)
  return text
}

const isAscii = (bytes: Uint8Array, start: number, end: number): boolean => {
  for (let at = start; at < end; at++) if ((bytes[at] ?? 0) > 127) return false
  return true
}
