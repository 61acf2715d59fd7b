/** The memory that was looked at last, as words: nearly always the buffer into which all sockets read. */
let lastBuffer: ArrayBufferLike | undefined
let lastWords: Int32Array<ArrayBufferLike> = new Int32Array(0)

const wordsOf = (buffer: ArrayBufferLike): Int32Array<ArrayBufferLike> => {
  if (buffer === lastBuffer) return lastWords
  lastBuffer = buffer
  lastWords = new Int32Array(buffer, 0, buffer.byteLength >> 2)
  return lastWords
}

/** Under so many bytes it costs more than it saves. */
const leastBytes = 64

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/** The places of the line feeds that `findLineEnds` has found: until it is called again. */
export const lineEnds: Int32Array = new Int32Array(256)
const linesMax = lineEnds.length

/**
 * Finds the lines at the beginning of `bytes`, up to `length`, that end with CRLF and have no control byte within, and gives how
 * many they are. Behind them may be more, or what is no line: that is still to be found out. Stops behind an empty line.
 *
 * Four bytes at a time: a browser's head of 479 bytes takes 0.16 us, where to check them by a table takes 0.25, and to find the
 * eleven lines by `indexOf` 0.08 more (Node 20). Each mask has the highest bit of those bytes that are meant; no sum carries from
 * one byte into the next.
 */
export const findLineEnds = (bytes: Uint8Array, length: number): number => {
  const { buffer, byteOffset } = bytes
  if (length < leastBytes || (byteOffset & 3) !== 0 || !isLittleEndian) return 0
  const words = wordsOf(buffer)
  const first = byteOffset >> 2
  const end = first + (length >> 2)
  let count = 0
  let last = -1
  // The mask that LF must have in the next word: that of its first byte, where the last of this one is CR.
  let due = 0
  for (let i = first; i < end; i++) {
    const word = words[i] ?? 0
    const low = word & 0x7f7f7f7f
    const controls = (~((low + 0x60606060) | word) | ((low + 0x01010101) & ~word)) & 0x80808080
    if (controls === 0 && due === 0) continue
    const cr = equalBytes(word, 0x0d0d0d0d)
    const lf = equalBytes(word, 0x0a0a0a0a)
    if (controls !== (cr | lf) || lf !== ((cr << 8) | due)) return count
    due = (cr >>> 24) & 0x80
    // Two at most: CR LF CR LF.
    for (let left = lf; left !== 0; left &= left - 1) {
      const place = ((i - first) << 2) + (lowestBit(left) >> 3)
      if (count === linesMax) return count
      lineEnds[count++] = place
      if (place === last + 2) return count
      last = place
    }
  }
  return lastLineEnds(bytes, length & ~3, length, due !== 0, count)
}

/** The same, byte by byte, of the last few. */
const lastLineEnds = (
  bytes: Uint8Array,
  from: number,
  length: number,
  afterCr: boolean,
  found: number,
): number => {
  let count = found
  let last = found === 0 ? -1 : (lineEnds[found - 1] ?? 0)
  let isDue = afterCr
  for (let i = from; i < length; i++) {
    const byte = bytes[i] ?? 0
    if (isDue !== (byte === 10) || (byte < 32 && byte !== 13 && byte !== 10) || byte === 127) break
    isDue = byte === 13
    if (byte !== 10) continue
    if (count === linesMax) break
    lineEnds[count++] = i
    if (i === last + 2) break
    last = i
  }
  return count
}

const lowestBit = (mask: number): number => 31 - Math.clz32(mask & -mask)

const equalBytes = (word: number, bytes: number): number => {
  const other = word ^ bytes
  return ~(((other & 0x7f7f7f7f) + 0x7f7f7f7f) | other) & 0x80808080
}
