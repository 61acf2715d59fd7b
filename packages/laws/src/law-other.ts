import { BrokenLaw } from './broken-law.ts'
import { contentsOf, sameContents } from './contents.ts'
import { countKind } from './count-kind.ts'
import { endedWell } from './ended-well.ts'
import { observe } from './observe.ts'
import { otherForms } from './other-frames.ts'
import { passesMany } from './passes-many.ts'
import { releasesBefore } from './releases-before.ts'
import { kindOf } from './script.ts'
import { lastInputs, plainScript } from './scripts.ts'
import type { AnyFrame } from '@sluice/body'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Law } from './law.ts'
import type { Observation } from './observation.ts'

export const other: Law = {
  number: 5,
  title: 'unknown kinds',
  says: 'frames of kinds that the filter does not know pass, in order and unchanged',
  kinds: { marks: ['other'] },
  async check(under, script) {
    const seen = await observe(under, script)
    if (!endedWell(under, seen)) return
    countKind(under, seen, 'other')
    unchanged(under, seen)
    await releasesBefore(under, script, 'other')
  },
  async atLast(under) {
    await passesMany(under, 'other')
    const [bytes] = lastInputs(under)
    if (bytes === undefined || under.refuses.has('other')) return
    // Two of each form: a filter may pass the first of a kind and then treat the kind as known.
    const marks = Array.from({ length: 2 * otherForms }, (_, index) => ({
      kind: 'other' as const,
      at: bytes.length >> 1,
      variant: index >> 1,
    }))
    const seen = await observe(under, { ...plainScript(bytes), marks })
    if (!endedWell(under, seen)) return
    countKind(under, seen, 'other')
    unchanged(under, seen)
  },
}

/** The frame itself has to leave, or one with the same properties. It must not be changed, and no function of it called. */
const unchanged = (under: FilterUnderTest, seen: Observation): void => {
  const given = seen.source.given.filter((frame) => kindOf(frame) === 'other')
  const left = seen.left.filter(({ kind }) => kind === 'other')
  for (const frame of given)
    if (!isAsGiven(seen, frame, frame) || isFrozenSince(frame))
      throw new BrokenLaw(`it has changed a {${frame.kind}} frame that it was given`, seen)
  const [used] = seen.others.used
  if (used !== undefined)
    throw new BrokenLaw(`it used the \`${used}\` of a frame of an unknown kind`, seen)
  if (under.drops.has('other') || under.adds.has('other')) return
  given.forEach((frame, index) => {
    const found = left[index]?.frame
    if (found === undefined || isAsGiven(seen, found, frame)) return
    throw new BrokenLaw(`a {${frame.kind}} frame left with other contents than it came with`, seen)
  })
}

const isAsGiven = (seen: Observation, found: AnyFrame, frame: AnyFrame): boolean => {
  const then = seen.contentsOf(frame)
  return then === undefined || sameContents(contentsOf(found), then)
}

/** All given frames are extensible, except for one form. */
const isFrozenSince = (frame: AnyFrame): boolean =>
  !Object.isExtensible(frame) && frame.kind !== 'frozen'
