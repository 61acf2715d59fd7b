import { passingTraits } from '@sluice/body/engine'
import { filter } from './filter.ts'
import type { Bytes } from '@sluice/body'
import type { Filter } from './filter.ts'

/**
 * Maps bytes to bytes, a frame at a time.
 *
 * Holds nothing and copies nothing. `map` gets the bytes as they were cut, so its result should not depend on the cut; for text,
 * use `mapText`. It may give fewer bytes, more, or none.
 *
 * @example
 * ```ts
 * import { readText, toBody } from '@sluice/body'
 * import { mapBytes } from '@sluice/filter'
 *
 * const masked = mapBytes((bytes) => bytes.map(() => 42))
 * if ((await readText(masked(toBody('secret')))) !== '******') throw new Error('told')
 * ```
 */
export const mapBytes = (map: (bytes: Bytes) => Uint8Array | PromiseLike<Uint8Array>): Filter =>
  filter('mapBytes', () => ({ data: (bytes) => map(bytes) }), {
    traits: { ...passingTraits, bytes: 'changed' },
  })
