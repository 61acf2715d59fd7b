/** One entry a byte: 1 where it belongs to the set. Tables, since every byte of a head passes here. */
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

/** RFC 9110 5.6.2: tchar. */
export const tokenTable: Uint8Array = table("!#$%&'*+-.^_`|~", alphaDigit)

/** RFC 9110 5.5: VCHAR, obs-text, SP, HTAB. */
export const fieldValueTable: Uint8Array = table('\t', [
  [32, 126],
  [128, 255],
])

/** RFC 3986 3.3: pchar and `/`, and the `|` that browsers send as it is. */
export const pathTable: Uint8Array = table("-._~!$&'()*+,;=:@%/|", alphaDigit)

/** RFC 3986 3.4: query, and what browsers send as it is (WHATWG URL, query percent-encode set). */
export const queryTable: Uint8Array = table("-._~!$&'()*+,;=:@%/?{|}^`\\[]", alphaDigit)

/**
 * What a registered name may have here: RFC 3986 3.2.2 unreserved. Its sub-delims and percent-encodings are in no host name of
 * the DNS, and proxies read them apart; they are refused.
 */
export const hostTable: Uint8Array = table('-._~', alphaDigit)

/** RFC 3986 3.2.2: what an IPv6address is made of. */
export const ipv6Table: Uint8Array = table(':.', [
  [48, 57],
  [65, 70],
  [97, 102],
])

/** Where the first character from `start` on stands that is not in the set, or `end`. */
export const skip = (set: Uint8Array, text: string, start: number, end: number): number => {
  let at = start
  while (at < end && set[text.charCodeAt(at)] === 1) at++
  return at
}

/**
 * As `skip`, of bytes, which are there as they are, where a character of a text is fetched through its representation: for what
 * every byte of a head passes.
 */
export const skipBytes = (
  set: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
): number => {
  let at = start
  while (at < end && set[bytes[at] ?? 0] === 1) at++
  return at
}
