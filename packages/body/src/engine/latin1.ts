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

/** Encodes a text as ISO-8859-1: the low byte of each character. */
export const latin1Bytes = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at)
  return bytes
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
