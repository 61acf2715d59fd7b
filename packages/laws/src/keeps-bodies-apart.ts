import { isTrailers } from '@sluice/body'
import { BrokenLaw } from './broken-law.ts'
import { controlPlaces } from './control-places.ts'
import { nameOfError } from './describe.ts'
import { equalBytes } from './equal-bytes.ts'
import { observe } from './observe.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Doing, Observation } from './observation.ts'
import type { Script } from './script.ts'

/**
 * Checks that a filter treats each of several bodies, one after another and at the same time, as if it were alone.
 *
 * @throws {BrokenLaw} If one body changes what the filter makes of another.
 */
export const keepsBodiesApart = async (under: FilterUnderTest, script: Script): Promise<void> => {
  const one = under.make()
  const shared: FilterUnderTest = { ...under, make: () => one }
  const first: Doing = { ...script, rests: true }
  const second: Doing = { ...first, bytes: script.bytes.toReversed() }
  const [firstAlone, secondAlone] = [await observe(under, first), await observe(under, second)]
  await observe(shared, { ...script, leavesAfter: Math.min(1, firstAlone.left.length) })
  same(under, await observe(shared, second), secondAlone, 'after one that the reader left')
  await observe(shared, { ...script, failure: { error: new Error('the source broke') } })
  same(under, await observe(shared, first), firstAlone, 'after one that failed')
  const doings = [first, second, first]
  const seen = await Promise.all(doings.map((doing) => observe(shared, doing)))
  seen.forEach((each, index) => {
    same(under, each, index === 1 ? secondAlone : firstAlone, 'while it is given two others')
  })
}

const same = (
  under: FilterUnderTest,
  seen: Observation,
  alone: Observation,
  when: string,
): void => {
  if (textOf(under, seen) === textOf(under, alone) && equalBytes(seen.bytes, alone.bytes)) return
  throw new BrokenLaw(
    `one filter made of this body, ${when}, other than what a new one makes: ${alone.leftText}`,
    seen,
  )
}

/** How a body ended, and its frames that are not data. */
const textOf = (under: FilterUnderTest, seen: Observation): string => {
  const { end } = seen
  const lists = seen.left.flatMap(({ frame }) => (isTrailers(frame) ? [...frame.fields] : []))
  const ended = end.kind === 'failed' ? nameOfError(end.error) : end.kind
  return `${ended} ${controlPlaces(under, seen)} ${lists.join()}`
}
