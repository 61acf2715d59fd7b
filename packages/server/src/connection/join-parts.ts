/** Text in latin1, or bytes. */
export type Part = string | Uint8Array

/** Parts of fewer bytes than this are joined by a copy into one buffer: that is cheaper than a vector write. */
export const joinBytes = 16_384

/** Joins parts into memory of their own. */
export const joinParts = (parts: readonly Part[], total: number): Buffer => {
  const joined = Buffer.allocUnsafe(total)
  copyParts(parts, joined)
  return joined
}

/**
 * Joins parts of at most `joinBytes` bytes into memory that all connections share. It is reused by the next call, unless
 * `keepShared` was called before.
 */
export const joinIntoShared = (parts: readonly Part[], total: number): Buffer => {
  copyParts(parts, shared)
  // Responses that are alike have the same length: no view for each.
  if (view.length !== total) view = shared.subarray(0, total)
  return view
}

/** The bytes that were joined last are still needed: the next are joined in other memory. */
export const keepShared = (): void => {
  shared = Buffer.allocUnsafeSlow(joinBytes)
  view = shared
}

/** Most responses are taken by the kernel at once, and need their memory no longer. Memory of its own for each would be garbage. */
let shared: Buffer = Buffer.allocUnsafeSlow(joinBytes)
let view: Buffer = shared

const copyParts = (parts: readonly Part[], target: Buffer): void => {
  let at = 0
  for (const part of parts) {
    if (typeof part === 'string') target.write(part, at, 'latin1')
    else target.set(part, at)
    at += part.length
  }
}
