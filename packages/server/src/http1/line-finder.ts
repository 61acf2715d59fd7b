/** A head of fewer bytes is parsed faster without a line finder. */
const minBytes = 64

/** More lines than this are found one by one. */
const maxLines = 256

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/**
 * Finds the lines at the beginning of a head that end with CRLF and have no other control byte.
 *
 * It looks at four bytes at a time, which is faster than a table lookup for each byte and `indexOf` for each line. Each mask has
 * the highest bit of the bytes that it is about; no sum carries from one byte into the next.
 */
export class LineFinder {
  /** The memory that was searched last, as words: for a server it is nearly always the buffer that all sockets read into. */
  #memory: ArrayBufferLike | undefined
  #words: Int32Array = noWords

  /** Drops the memory that was searched last. */
  forget(): void {
    this.#memory = undefined
    this.#words = noWords
  }

  /** Gives the places after the lines. More lines, or invalid bytes, may follow. Stops after an empty line. */
  find(bytes: Uint8Array, length: number): number[] {
    const { buffer, byteOffset } = bytes
    if (length < minBytes || (byteOffset & 3) !== 0 || !isLittleEndian) return []
    const words = this.#wordsOf(buffer)
    const first = byteOffset >> 2
    const end = first + (length >> 2)
    const ends: number[] = []
    let last = 0
    // The mask that LF must have in the next word: that of its first byte, if the last byte of this word is CR.
    let due = 0
    for (let i = first; i < end; i++) {
      const word = words[i] ?? 0
      const low = word & 0x7f7f7f7f
      const controls = (~((low + 0x60606060) | word) | ((low + 0x01010101) & ~word)) & 0x80808080
      if (controls === 0 && due === 0) continue
      const cr = equalBytes(word, 0x0d0d0d0d)
      const lf = equalBytes(word, 0x0a0a0a0a)
      if (controls !== (cr | lf) || lf !== ((cr << 8) | due)) return ends
      due = (cr >>> 24) & 0x80
      // Two at most: CR LF CR LF.
      for (let left = lf; left !== 0; left &= left - 1) {
        const place = ((i - first) << 2) + (lowestBit(left) >> 3) + 1
        if (ends.push(place) === maxLines || place === last + 2) return ends
        last = place
      }
    }
    findInRest(bytes, length & ~3, length, due !== 0, ends)
    return ends
  }

  #wordsOf(memory: ArrayBufferLike): Int32Array {
    if (memory !== this.#memory) {
      this.#memory = memory
      this.#words = new Int32Array(memory, 0, memory.byteLength >> 2)
    }
    return this.#words
  }
}

const noWords = new Int32Array()

/** Searches the last few bytes, one by one. */
const findInRest = (
  bytes: Uint8Array,
  from: number,
  length: number,
  afterCr: boolean,
  ends: number[],
): void => {
  let last = ends.at(-1) ?? 0
  let isDue = afterCr
  for (let i = from; i < length; i++) {
    const byte = bytes[i] ?? 0
    if (isDue !== (byte === 10) || (byte < 32 && byte !== 13 && byte !== 10) || byte === 127) return
    isDue = byte === 13
    if (byte !== 10) continue
    if (ends.push(i + 1) >= maxLines || i + 1 === last + 2) return
    last = i + 1
  }
}

const lowestBit = (mask: number): number => 31 - Math.clz32(mask & -mask)

const equalBytes = (word: number, bytes: number): number => {
  const other = word ^ bytes
  return ~(((other & 0x7f7f7f7f) + 0x7f7f7f7f) | other) & 0x80808080
}
