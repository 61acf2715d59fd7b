import type { FilterUnderTest } from './filter-under-test.ts'
import type { Observation } from './observation.ts'

/**
 * What came and passed, and behind which byte: `flush@3,progress@5`.
 *
 * Not what the filter made of itself, which may be by a clock; and no places where it may hold all over a flush.
 */
export const controlPlaces = (
  { delaysFlush, maxHeldOverFlushBytes }: FilterUnderTest,
  { left }: Observation,
): string =>
  left
    .filter(({ from }) => from.length > 0)
    .filter(({ kind }) => !(kind === 'flush' && delaysFlush))
    .map(({ kind, at }) =>
      maxHeldOverFlushBytes === Number.POSITIVE_INFINITY ? kind : `${kind}@${at}`,
    )
    .join()
