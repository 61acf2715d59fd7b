import type { Bytes, Data } from './frames.ts'

/** A method may have a wider parameter type than the function behind it: so `Uint8Array` becomes `Bytes` without a cast. */
interface Makers {
  concat(parts: readonly Uint8Array[], byteLength?: number): Bytes
  data(bytes: Uint8Array): Data
}

/**
 * Joins byte arrays into one.
 *
 * A single part is returned as it is, without a copy; several are copied once.
 *
 * @param byteLength The sum of the parts' lengths in bytes, if the caller knows it.
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

/** No bytes: one shared empty array. */
export const noBytes: Bytes = new Uint8Array()

/** A data frame with `bytes`, which must not be empty and must not be shared memory: their type becomes `Bytes`. */
export const data: Makers['data'] = (bytes: Bytes): Data => ({ kind: 'data', bytes })
