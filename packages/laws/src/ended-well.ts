import { BrokenLaw } from './broken-law.ts'
import { describeError } from './describe.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Observation } from './observation.ts'

/**
 * Whether a body was read as far as it should be. `false` if the filter failed by itself, and may.
 *
 * @throws {BrokenLaw} If the filter failed by itself and may not, or nothing came in time.
 */
export const endedWell = (under: FilterUnderTest, seen: Observation): boolean => {
  const { end } = seen
  switch (end.kind) {
    case 'end':
    case 'left':
    case 'stalled':
      return true
    case 'late':
      throw new BrokenLaw(`nothing came within ${under.timeoutMs} ms`, seen)
    case 'failed':
      if (under.mayFail) return false
      throw new BrokenLaw(`it failed by itself: ${describeError(end.error)}${hintOf(under)}`, seen)
  }
}

const hintOf = ({ inputs }: FilterUnderTest): string =>
  inputs === undefined ? ' (if it does not take all bytes, `inputs` says which)' : ''
