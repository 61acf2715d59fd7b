import type { FilterUnderTest } from './filter-under-test.ts'
import type { Observation } from './observation.ts'

/**
 * The given control frames that have left, each with the number of bytes before it: `flush@3,progress@5`.
 *
 * Without frames that the filter added, perhaps by a clock. Without numbers if the filter may hold any bytes over a flush.
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
