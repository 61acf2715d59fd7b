/** A set of bytes: 1 if the byte is in it. Tables are the fastest check, and every byte of a head is checked. */
const table = (characters: string, ranges: readonly (readonly [number, number])[] = []) => {
  const set = new Uint8Array(256)
  for (const character of characters) set[character.charCodeAt(0)] = 1
  for (const [first, last] of ranges) set.fill(1, first, last + 1)
  return set
}

const alphaDigit = [
  [48, 57],
  [65, 90],
  [97, 122],
] as const

/**
 * RFC 3986 3.3: pchar and `/`; and what browsers, Go, Java and nginx send unencoded in a path, although RFC 3986 requires encoding
 * (WHATWG URL, path percent-encode set). Not the backslash, which http URLs treat as a slash.
 */
export const pathTable: Uint8Array = table("-._~!$&'()*+,;=:@%/|[]{}^`", alphaDigit)

/** RFC 3986 3.4: query, and what browsers send unencoded (WHATWG URL, query percent-encode set). */
export const queryTable: Uint8Array = table("-._~!$&'()*+,;=:@%/?{|}^`\\[]", alphaDigit)

/**
 * RFC 3986 3.2.2: the unreserved characters of a registered name. Its sub-delims and percent-encodings are refused: no host name
 * of the DNS has them, and proxies read them in different ways.
 */
export const hostTable: Uint8Array = table('-._~', alphaDigit)

/** RFC 3986 3.2.2: the characters of an IPv6address. */
export const ipv6Table: Uint8Array = table(':.', [
  [48, 57],
  [65, 70],
  [97, 102],
])

/** The index of the first character from `start` on that is not in the set, or `end`. */
export const skip = (set: Uint8Array, text: string, start: number, end: number): number => {
  let at = start
  while (at < end && set[text.charCodeAt(at)] === 1) at++
  return at
}

/**
 * The index after the non-ASCII character at `start`, in UTF-8 that was decoded as latin1; `start` itself if it is not well-formed
 * UTF-8 (RFC 3629 section 4: no overlong forms, no surrogates, nothing above U+10FFFF).
 */
export const skipUtf8 = (text: string, start: number): number => {
  const lead = text.charCodeAt(start)
  const next = text.charCodeAt(start + 1)
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  const more = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3
  if (more === 0 || !(next >= least && next <= most)) return start
  for (let i = 2; i <= more; i++) if (text.charCodeAt(start + i) >> 6 !== 2) return start
  return start + more + 1
}
