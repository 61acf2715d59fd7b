export const cr = 13
export const lf = 10
export const colon = 58

/** The value in `hexValues` of a byte that is not a hexadecimal digit. */
export const notHex = 16

/** The value of a hexadecimal digit by its byte: a table, since number parsers take signs, prefixes and spaces as well. */
export const hexValues: Uint8Array = new Uint8Array(256).fill(notHex)
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16)
  hexValues[digit.charCodeAt(0)] = value
  hexValues[digit.toUpperCase().charCodeAt(0)] = value
}
