/** Codes with their extra bits, as they are written: the lowest bit is read first. */
export interface Codes {
  readonly codes: Uint16Array
  /** The number of bits of each. */
  readonly bits: Uint8Array
}

/** Huffman codes are written from their highest bit (RFC 1951 section 3.1.1), all other values from the lowest. */
export const reversed = (code: number, bits: number): number => {
  let found = 0
  for (let bit = 0; bit < bits; bit++) found |= ((code >>> bit) & 1) << (bits - 1 - bit)
  return found
}

/** RFC 1951 section 3.2.6: the code of a symbol and its number of bits. */
const fixedCode = (symbol: number): readonly [number, number] => {
  if (symbol < 144) return [0x30 + symbol, 8]
  if (symbol < 256) return [0x190 + symbol - 144, 9]
  return symbol < 280 ? [symbol - 256, 7] : [0xc0 + symbol - 280, 8]
}

/** The code of each byte. */
export const fixedBytes: Codes = makeCodes(256, (byte) => [byte, 0, 0])

/**
 * By length of a match, 3 to 258 (section 3.2.5): eight lengths of their own, then four symbols for each number of extra
 * bits, and one for the longest.
 */
export const fixedLengths: Codes = makeCodes(259, (length) => {
  if (length === 258) return [285, 0, 0]
  const over = Math.max(0, length - 3)
  const extraBits = over < 8 ? 0 : 29 - Math.clz32(over)
  return [257 + 4 * extraBits + (over >>> extraBits), over & ((1 << extraBits) - 1), extraBits]
})

/** Below the code of a distance: two codes for each number of extra bits (section 3.2.5). */
export const extraBitsOf = (distance: number): number =>
  distance <= 4 ? 0 : 30 - Math.clz32(distance - 1)

function makeCodes(
  count: number,
  symbolOf: (value: number) => readonly [symbol: number, extra: number, extraBits: number],
): Codes {
  const codes = new Uint16Array(count)
  const bits = new Uint8Array(count)
  for (let value = 0; value < count; value++) {
    const [symbol, extra, extraBits] = symbolOf(value)
    const [code, codeBits] = fixedCode(symbol)
    codes[value] = reversed(code, codeBits) | (extra << codeBits)
    bits[value] = codeBits + extraBits
  }
  return { codes, bits }
}
