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

/**
 * Whether in `bytes`, up to `length`, there is no control byte but CR and LF, each CR right before an LF and each LF right behind
 * a CR: a line of it that ends with CRLF has none within. `false` says that this is still to be found out.
 *
 * Four bytes at a time: a browser's head of 463 bytes takes 149 ns, where the table of characters takes 247 (Node 20). Each mask has the highest bit of those bytes that are meant; no sum carries from one byte into the next.
 */
export const hasOnlyLineEnds = (bytes: Uint8Array, length: number): boolean => {
  const { buffer, byteOffset } = bytes
  if (length < leastBytes || (byteOffset & 3) !== 0 || !isLittleEndian) return false
  const words = wordsOf(buffer)
  const first = byteOffset >> 2
  const end = first + (length >> 2)
  // The mask that LF must have in the next word: that of its first byte, where the last of this one is CR.
  let due = 0
  for (let i = first; i < end; i++) {
    const word = words[i] ?? 0
    const low = word & 0x7f7f7f7f
    const controls = (~((low + 0x60606060) | word) | ((low + 0x01010101) & ~word)) & 0x80808080
    if (controls === 0 && due === 0) continue
    const cr = equalBytes(word, 0x0d0d0d0d)
    const lf = equalBytes(word, 0x0a0a0a0a)
    if (controls !== (cr | lf) || lf !== ((cr << 8) | due)) return false
    due = (cr >>> 24) & 0x80
  }
  return endsWell(bytes, length & ~3, length, due !== 0)
}

/** The same, byte by byte, of the last few. */
const endsWell = (bytes: Uint8Array, from: number, length: number, afterCr: boolean): boolean => {
  let isDue = afterCr
  for (let i = from; i < length; i++) {
    const byte = bytes[i] ?? 0
    if (isDue !== (byte === 10) || (byte < 32 && byte !== 13 && byte !== 10) || byte === 127)
      return false
    isDue = byte === 13
  }
  return !isDue
}

const equalBytes = (word: number, bytes: number): number => {
  const other = word ^ bytes
  return ~(((other & 0x7f7f7f7f) + 0x7f7f7f7f) | other) & 0x80808080
}
