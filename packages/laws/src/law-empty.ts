import { isData } from '@sluice/body'
import { BrokenLaw } from './broken-law.ts'
import { controlPlaces } from './control-places.ts'
import { endedWell } from './ended-well.ts'
import { equalBytes } from './equal-bytes.ts'
import { observe } from './observe.ts'
import { lastInputs, plainScript } from './scripts.ts'
import type { AnyFrame } from '@sluice/body'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Law } from './law.ts'
import type { Observation } from './observation.ts'
import type { Mark, Script } from './script.ts'

export const empty: Law = {
  number: 6,
  title: 'no empty data',
  says: 'an empty chunk means nothing: not flush, not end, not "not yet"; none is made',
  kinds: { marks: ['empty', 'flush', 'other'] },
  async check(under, script) {
    // With a clock, bytes that leave in one frame once may leave in two another time.
    const given: Script = { ...script, marks: withEmpty(script.marks), answers: ['at once'] }
    for (let times = 1; ; times++) {
      const seen = await observe(under, given)
      const without = await withoutEmpty(under, given)
      if (!endedWell(under, without) || !endedWell(under, seen)) return
      noneMade(seen)
      noneMade(without)
      sameContent(under, seen, without)
      // A filter that may hold any number of bytes may release them at any time.
      if (under.maxHeldOverFlushBytes === Number.POSITIVE_INFINITY) return
      if (seen.sizes.join() === without.sizes.join()) return
      if (times < 3) continue
      throw new BrokenLaw(
        `data left in frames of ${seen.sizes.join(', ')} bytes, and of ${without.sizes.join(', ')} without empty data`,
        seen,
      )
    }
  },
  async atLast(under) {
    noneMade(await observe(under, plainScript(new Uint8Array())))
    const [bytes] = lastInputs(under)
    if (bytes === undefined) return
    const marks = Array.from({ length: manyEmpties }, () => emptyMark)
    const seen = await observe(under, { ...plainScript(bytes), marks })
    const without = await observe(under, plainScript(bytes))
    if (!endedWell(under, without) || !endedWell(under, seen)) return
    noneMade(seen)
    sameContent(under, seen, without)
  },
}

/** Enough to overflow the stack of a filter that recurses for each. */
const manyEmpties = 12_000

const emptyMark = { kind: 'empty', at: 0, variant: 0 } as const

const withEmpty = (marks: readonly Mark[]): readonly Mark[] =>
  marks.some(({ kind }) => kind === 'empty') ? marks : [emptyMark, ...marks]

/** The same body in the same pieces. */
const withoutEmpty = (under: FilterUnderTest, script: Script): Promise<Observation> => {
  const empties = script.marks.filter(({ kind }) => kind === 'empty')
  const cuts = [...script.cuts, ...empties.map(({ at }) => at)]
  const marks = script.marks.filter(({ kind }) => kind !== 'empty')
  return observe(under, { ...script, cuts, marks })
}

/** An empty frame that was given may pass: `(body) => body` keeps the laws. */
const noneMade = (seen: Observation): void => {
  const isMade = (frame: AnyFrame) =>
    isData(frame) && frame.bytes.length === 0 && !seen.given.includes(frame)
  if (seen.left.some(({ frame }) => isMade(frame)))
    throw new BrokenLaw('data without bytes left', seen)
}

const sameContent = (under: FilterUnderTest, seen: Observation, without: Observation): void => {
  const isSame =
    equalBytes(seen.bytes, without.bytes) &&
    controlPlaces(under, seen) === controlPlaces(under, without)
  if (!isSame)
    throw new BrokenLaw(
      `what left is not what leaves without empty data: ${without.leftText}`,
      seen,
    )
}
