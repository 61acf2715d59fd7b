/** Bytes whose values tell where they stand, so that none can be lost, doubled or moved unseen. */
export const patternAt = (at: number): number => (at + (at >>> 8) * 7 + (at >>> 16) * 31) & 255

export const pattern = (from: number, bytes: number): Uint8Array => {
  const made = new Uint8Array(bytes)
  for (let i = 0; i < bytes; i++) made[i] = patternAt(from + i)
  return made
}

/** Where the first wrong byte stands, `undefined` where all are right. */
export const firstWrong = (found: Uint8Array, from: number): number | undefined => {
  for (let i = 0; i < found.length; i++) if (found[i] !== patternAt(from + i)) return from + i
  return undefined
}
