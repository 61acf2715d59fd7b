const encoder = new TextEncoder()

/** Up to this many characters, a loop over ASCII is much faster than a `TextEncoder`. */
const shortText = 128

/** Whether a text is short, and all of it ASCII: as many bytes as it has characters. */
export const isShortAscii = (text: string): boolean => {
  const { length } = text
  if (length > shortText) return false
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) > 127) return false
  return true
}

/** Encodes a text as UTF-8, lone surrogates as U+FFFD. */
export const encodeText = (text: string): Uint8Array => {
  if (!isShortAscii(text)) return encoder.encode(text)
  const { length } = text
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
