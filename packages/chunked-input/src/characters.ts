import { isToken } from '@sluice/body/engine'

export const cr = 13
export const lf = 10
export const colon = 58

/** What is no hexadecimal digit, in `hexValues`. */
export const notHex = 16

/** The value of a hexadecimal digit by its byte: a table, since number parsers take signs, prefixes and spaces as well. */
export const hexValues: Uint8Array = new Uint8Array(256).fill(notHex)
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16)
  hexValues[digit.charCodeAt(0)] = value
  hexValues[digit.toUpperCase().charCodeAt(0)] = value
}

/** RFC 9110 5.6.2: 1 where the byte is a tchar. */
export const tokenBytes: Uint8Array = new Uint8Array(256).map((_, byte) =>
  isToken(String.fromCharCode(byte)) ? 1 : 0,
)

/** SP and HTAB, of which OWS and BWS are made (RFC 9110 5.6.3). */
export const isBlank = (byte: number): boolean => byte === 32 || byte === 9

/** RFC 9110 5.5: what may stand in a field value, and in a quoted string. */
export const isFieldByte = (byte: number): boolean => byte === 9 || (byte >= 32 && byte !== 127)

/** The same as a table: 1 where the byte is one. */
export const fieldBytes: Uint8Array = new Uint8Array(256).map((_, byte) =>
  isFieldByte(byte) ? 1 : 0,
)
