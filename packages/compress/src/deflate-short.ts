/**
 * Deflate (RFC 1951) for a short text after one that the reader already has.
 *
 * A text is written as bytes and as matches, each a length of 3 to 258 and a distance back to an equal text. In a block of
 * the fixed codes (section 3.2.6) it is known beforehand how many bits each takes. So the cheapest path through the text is found
 * place by place: the cost of a place is the least cost of reaching it, by a byte or a match, from a place before it. zlib takes
 * a match that seems long enough, since it does not yet know its codes while it searches. So messages of JSON become a little
 * smaller here than with zlib.
 */
import { extraBitsOf, fixedBytes, fixedLengths, reversed } from './fixed-codes.ts'

/** The most bytes of text. */
const shortBytes = 512

/** The most bytes of text before it. All of it is read for each message; above this zlib is faster. */
const mostBefore = 2048

/** A longer result may be smaller with codes of its own (section 3.2.7), whose description takes some 50 bytes. */
const mostBits = 96 * 8

const minMatch = 3
const maxMatch = 258

/**
 * How many places with the same first three bytes are tried, the last first; in most messages that is all of them. A match that
 * continues is rarely beaten: half as many are tried for each sixteen bytes of it, and few after it.
 */
const mostTries = 32
const triesAfterKnown = 4

/**
 * After a match of at least this length, the next places are tried at the same distance, in case it continues behind a change.
 * In a text of few different bytes, such as the cells of a board, the previous message is out of reach of the tries.
 */
const longMatch = 32
const placesAfterLong = 8

const hashBits = 11
const notReached = 0x3fff_ffff

/** A hash of three bytes in one number. */
const hashOf = (three: number): number => Math.imul(three, 0x9e3779b1) >>> (32 - hashBits)

/** How many bytes from two places on are the same. */
const sameBytes = (text: Uint8Array, one: number, other: number, most: number): number => {
  let length = 0
  while (length < most && text[one + length] === text[other + length]) length++
  return length
}

/**
 * One closure, and the tables constants in it: V8 then knows where they are. Tables of the module become variables
 * in a bundle, which makes each message slower.
 */
const makeDeflateShort = () => {
  /** For each hash, its last place plus one. For each place, the previous place with the same hash, plus one. */
  const lastOf = new Uint16Array(1 << hashBits)
  const earlier = new Uint16Array(mostBefore + shortBytes)

  /** For each place in the text: the least bits up to it, and the step that reaches it with these. */
  const costs = new Int32Array(shortBytes + 1)
  const lengths = new Uint16Array(shortBytes + 1)
  const distances = new Uint16Array(shortBytes + 1)

  /** The places on the cheapest path, the last first. */
  const way = new Uint16Array(shortBytes)
  const output = new Uint8Array(mostBits / 8 + 8)

  const byteBits = fixedBytes.bits
  const lengthBits = fixedLengths.bits

  /** Forgets all places, and enters those before `end`. */
  const enter = (text: Uint8Array, end: number): void => {
    lastOf.fill(0)
    let three = ((text[0] ?? 0) << 8) | (text[1] ?? 0)
    for (let place = 0; place < end; place++) {
      three = ((three << 8) | (text[place + 2] ?? 0)) & 0xffffff
      const hash = hashOf(three)
      earlier[place] = lastOf[hash] ?? 0
      lastOf[hash] = place + 1
    }
  }

  const reach = (at: number, cost: number, length: number, distance: number): void => {
    if (cost >= (costs[at] ?? 0)) return
    costs[at] = cost
    lengths[at] = length
    distances[at] = distance
  }

  /** Tries all ends of a match from `at`, except for those that a nearer match reaches. */
  const reachAll = (at: number, shortest: number, longest: number, distance: number): void => {
    const cost = (costs[at] ?? 0) + 5 + extraBitsOf(distance)
    for (let length = shortest; length <= longest; length++)
      reach(at + length, cost + (lengthBits[length] ?? 0), length, distance)
  }

  /** Finds the cheapest path. Gives up when the cost of a prefix exceeds `mostBits`: the whole text costs no less. */
  const findWay = (text: Uint8Array, start: number, end: number): boolean => {
    costs.fill(notReached, 0, end - start + 1)
    costs[0] = 0
    // A match that continues from the place before: its ends were reached from there, for at most one bit more.
    let goesOn = 0
    let goesOnBy = 0
    let longBy = 0
    let longEnd = end
    for (let place = start; place < end; place++) {
      const at = place - start
      const cost = costs[at] ?? 0
      if (cost > mostBits) return false
      const byte = text[place] ?? 0
      reach(at + 1, cost + (byteBits[byte] ?? 0), 1, 0)
      if (goesOn > 0) goesOn--
      if (place > end - minMatch) continue
      const hash = hashOf((byte << 16) | ((text[place + 1] ?? 0) << 8) | (text[place + 2] ?? 0))
      let next = lastOf[hash] ?? 0
      earlier[place] = next
      lastOf[hash] = place + 1
      const most = Math.min(maxMatch, end - place)
      let best = minMatch - 1
      let bestBy = 0
      let tries = mostTries >> Math.min(goesOn >> 4, 6)
      if (place >= longEnd && place < longEnd + placesAfterLong) {
        const length = sameBytes(text, place - longBy, place, most)
        if (length > best) {
          longEnd = place + length
          reachAll(at, minMatch, length, longBy)
          best = length
          bestBy = longBy
        }
      }
      for (; next > 0 && best < most && tries > 0; tries--) {
        const from = next - 1
        const distance = place - from
        next = earlier[from] ?? 0
        if (text[from + best] !== text[place + best]) continue
        const isKnown = goesOn > 0 && distance === goesOnBy
        if (isKnown) tries = Math.min(tries, triesAfterKnown)
        const length = isKnown ? goesOn : sameBytes(text, from, place, most)
        if (length <= best) continue
        if (!isKnown) reachAll(at, best + 1, length, distance)
        best = length
        bestBy = distance
      }
      if (bestBy === 0) continue
      goesOn = best
      goesOnBy = bestBy
      if (best < longMatch) continue
      longBy = bestBy
      longEnd = place + best
    }
    return (costs[end - start] ?? 0) <= mostBits
  }

  const writeWay = (text: Uint8Array, start: number, end: number): number => {
    let steps = 0
    for (let at = end - start; at > 0; at -= lengths[at] ?? 1) way[steps++] = at
    // Not the last block, fixed codes: bits 0, 1, 0.
    let bits = 2
    let count = 3
    let size = 0
    let place = start
    while (steps > 0) {
      const at = way[--steps] ?? 0
      const length = lengths[at] ?? 1
      const table = length === 1 ? fixedBytes : fixedLengths
      const value = length === 1 ? (text[place] ?? 0) : length
      bits |= (table.codes[value] ?? 0) << count
      count += table.bits[value] ?? 0
      for (; count >= 8; count -= 8, bits >>>= 8) output[size++] = bits
      if (length > 1) {
        const distance = distances[at] ?? 1
        bits |= distanceCode(distance) << count
        count += 5 + extraBitsOf(distance)
        for (; count >= 8; count -= 8, bits >>>= 8) output[size++] = bits
      }
      place = start + at
    }
    // The block ends with seven bits of 0. Then comes an empty stored block (section 3.2.4): three bits of 0, padding to the
    // byte, a length of 0 and its complement.
    for (count += 10; count > 0; count -= 8, bits >>>= 8) output[size++] = bits
    output.fill(0, size, size + 2).fill(0xff, size + 2, size + 4)
    return size + 4
  }

  return (text: Uint8Array, start: number, end: number): Uint8Array | undefined => {
    if (end - start > shortBytes || start > mostBefore) return undefined
    enter(text, start)
    return findWay(text, start, end) ? output.slice(0, writeWay(text, start, end)) : undefined
  }
}

const distanceCode = (distance: number): number => {
  const extraBits = extraBitsOf(distance)
  const over = distance - 1
  const symbol = extraBits === 0 ? over : 2 * extraBits + (over >>> extraBits)
  return reversed(symbol, 5) | ((over & ((1 << extraBits) - 1)) << 5)
}

/**
 * Compresses a short text as one block and a sync flush: what follows begins at a byte boundary.
 *
 * @param text Holds the text from `start` to `end`, and before `start` what the reader already has.
 * @returns A copy; `undefined` if the text or the result is not short: zlib then compresses better.
 */
export const deflateShort: (
  text: Uint8Array,
  start: number,
  end: number,
) => Uint8Array | undefined = makeDeflateShort()
