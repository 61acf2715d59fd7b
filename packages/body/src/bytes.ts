import type { Bytes, Data } from './frames.ts'

/** Bytes become `Bytes` here, without a cast: what a method takes may be wider in its type than in its function. */
interface Makers {
  concat(parts: readonly Uint8Array[], byteLength?: number): Bytes
  data(bytes: Uint8Array): Data
}

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
export const concat: Makers['concat'] = (parts: readonly Bytes[], byteLength?: number): Bytes => {
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

/** No bytes: one empty array for all. */
export const noBytes: Bytes = new Uint8Array()

/** A data frame around `bytes`, which must not be empty, and not shared memory: for the types they are `Bytes` from here on. */
export const data: Makers['data'] = (bytes: Bytes): Data => ({ kind: 'data', bytes })
