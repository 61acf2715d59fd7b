import { BrokenLaw } from './broken-law.ts'
import { kindOf } from './script.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Observation } from './observation.ts'
import type { ControlKind } from './options.ts'

/**
 * Checks that all given frames of a kind have left, once each, and no others.
 *
 * @throws {BrokenLaw} If a frame was lost, left twice, or was made up.
 */
export const countKind = (under: FilterUnderTest, seen: Observation, kind: ControlKind): void => {
  const given = seen.given.filter((frame) => kindOf(frame) === kind).length
  const left = seen.left.filter((each) => each.kind === kind)
  const wanted = under.drops.has(kind) ? 0 : given
  const twice = left.flatMap(({ from }) => from).find((id, index, ids) => ids.indexOf(id) < index)
  if (twice !== undefined) throw new BrokenLaw(`the same ${nameOf(kind)} left twice`, seen)
  if (left.length > wanted && !under.adds.has(kind))
    throw new BrokenLaw(`${left.length} of ${nameOf(kind)} left, and ${wanted} ought to have`, seen)
  const least = kind === 'flush' && under.delaysFlush ? Math.min(1, wanted) : wanted
  if (left.length < least)
    throw new BrokenLaw(`${left.length} of ${nameOf(kind)} left, and ${least} ought to have`, seen)
}

/**
 * Checks that no frame of a kind was made up after the source failed.
 *
 * With `adds`, frames of other kinds may be made up, but never trailers: they would say that the body is complete.
 *
 * @throws {BrokenLaw} If a frame was made up.
 */
export const noneMadeOfError = (
  under: FilterUnderTest,
  seen: Observation,
  kind: ControlKind,
): void => {
  const given = seen.source.given.filter((frame) => kindOf(frame) === kind).length
  const left = seen.left.filter((each) => each.kind === kind)
  const isMade = left.some(({ afterError, from }) => afterError && from.length === 0)
  const isTooMany = under.adds.has(kind) ? kind === 'trailers' && given === 0 : left.length > given
  if (isMade && isTooMany) throw new BrokenLaw(`${nameOf(kind)} was made of the error`, seen)
}

const nameOf = (kind: ControlKind): string =>
  kind === 'other' ? 'an unknown kind' : `kind ${kind}`
