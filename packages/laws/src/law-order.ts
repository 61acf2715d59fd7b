import { BrokenLaw } from './broken-law.ts'
import { describeBytes } from './describe.ts'
import { equalBytes } from './equal-bytes.ts'
import { meaningOf } from './filter-under-test.ts'
import { keepsBodiesApart } from './keeps-bodies-apart.ts'
import { observe } from './observe.ts'
import { kindOf } from './script.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Law } from './law.ts'
import type { Observation } from './observation.ts'
import type { Script } from './script.ts'

/** Checks only the order: the law of each kind checks that frames are not lost or made up. */
export const order: Law = {
  number: 1,
  title: 'order',
  says: 'frames leave in the order in which they came, in the body in which they came',
  kinds: { marks: ['flush', 'pause', 'other'], trailers: true },
  async check(under, script) {
    const seen = await observe(under, script)
    if (seen.end.kind !== 'end') return
    controlInOrder(under, seen)
    await dataInOrder(under, script, seen)
    // Half of the scripts are enough to notice a filter that shares state between bodies.
    if (!script.sized) await keepsBodiesApart(under, script)
  },
}

const controlInOrder = (under: FilterUnderTest, seen: Observation): void => {
  const left = seen.left.filter(
    ({ kind }) => kind !== 'data' && !(kind === 'flush' && under.delaysFlush),
  )
  const ids = left.flatMap(({ from }) => from.slice(0, 1))
  const early = ids.find((id, index) => id < Math.max(-1, ...ids.slice(0, index)))
  if (early !== undefined)
    throw new BrokenLaw(`a ${seen.given[early]?.kind} frame left after one that came later`, seen)
  const found = left.map(({ kind }) => kind)
  const wanted = seen.given
    .map(kindOf)
    .filter((kind) => kind !== 'data' && !under.drops.has(kind))
    .filter((kind) => !(kind === 'flush' && under.delaysFlush))
  if (found.join() === wanted.join() || [...found].sort().join() !== [...wanted].sort().join())
    return
  throw new BrokenLaw(`${found.join(', ')} left, and ${wanted.join(', ')} had come`, seen)
}

const dataInOrder = async (
  under: FilterUnderTest,
  script: Script,
  seen: Observation,
): Promise<void> => {
  const whole = await observe(under, { ...script, cuts: [], marks: [] })
  if (whole.end.kind !== 'end') return
  const found = meaningOf(under, seen.bytes, seen)
  const wanted = meaningOf(under, whole.bytes, whole)
  if (equalBytes(found, wanted) || !equalBytes(found.toSorted(), wanted.toSorted())) return
  throw new BrokenLaw(
    `${describeBytes(found)} left: the bytes of ${describeBytes(wanted)}, in another order`,
    seen,
  )
}
