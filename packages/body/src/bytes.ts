/**
 * Joins byte arrays into one.
 *
 * A single part is given back as it is, without a copy; several are copied once.
 *
 * @param byteLength The sum of the parts' lengths in bytes, where the caller has it.
 *
 * @example
 * ```ts
 * import { concat } from '@sluice/body'
 *
 * const joined = concat([Uint8Array.of(1), Uint8Array.of(2, 3)])
 * if (joined.length !== 3) throw new Error('lost a byte')
 * ```
 */
export const concat = (parts: readonly Uint8Array[], byteLength?: number): Uint8Array => {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  let total = byteLength ?? 0
  if (byteLength === undefined) for (const part of parts) total += part.length
  const joined = new Uint8Array(total)
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** A data frame around `bytes`, which must not be empty. */
export const data = (bytes: Uint8Array): { readonly kind: 'data'; readonly bytes: Uint8Array } => ({
  kind: 'data',
  bytes,
})
