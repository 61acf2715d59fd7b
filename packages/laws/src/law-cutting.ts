import { concat, isData } from '@sluice/body'
import { BrokenLaw } from './broken-law.ts'
import { controlPlaces } from './control-places.ts'
import { describeBytes, nameOfError } from './describe.ts'
import { endedWell } from './ended-well.ts'
import { equalBytes } from './equal-bytes.ts'
import { meaningOf } from './filter-under-test.ts'
import { observe } from './observe.ts'
import { longScript } from './scripts.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Law } from './law.ts'
import type { Observation } from './observation.ts'
import type { Script } from './script.ts'

/**
 * However bytes are cut, the same bytes with the same control frames between them result in the same output.
 *
 * Control frames are not cuts: the output of a compressor may depend on where it was flushed, and on nothing else. If flushes do
 * not show in the bytes, the output is the same without them. If they do, `decode` reads the same content from it.
 */
export const cutting: Law = {
  number: 7,
  title: 'cutting does not matter',
  says: 'the bytes that leave depend on the bytes that came and on where control frames stood among them, not on how they were cut or when they came',
  kinds: { marks: ['flush', 'pause', 'other'], trailers: true },
  async check(under, script) {
    const whole = await cutsDoNotMatter(under, script)
    if (!endedWell(under, whole)) return
    const plain = await observe(under, { ...wholeOf(script), marks: [] })
    if (!endedWell(under, plain)) return
    sameMeaning(
      under,
      whole,
      plain,
      'without control frames (if flushes show in the bytes, `decode` is needed)',
    )
  },
  async atLast(under) {
    const patient: FilterUnderTest = { ...under, timeoutMs: longTimes * under.timeoutMs }
    // More bytes than 16-bit counters, buffers and the arguments of a call can take; and very many frames.
    for (const [byteLength, pieceBytes] of [
      [1_048_576, 50_000],
      [4096, 1],
    ] as const) {
      const script = longScript(under, byteLength, pieceBytes)
      if (script === undefined) continue
      await cutsDoNotMatter(patient, { ...script, sized: false })
    }
  },
}

/** A body of this length may take this many times `timeoutMs`. */
const longTimes = 10

const cutsDoNotMatter = async (under: FilterUnderTest, script: Script): Promise<Observation> => {
  const seen = await observe(under, script)
  const whole = await observe(under, wholeOf(script))
  sameEnd(seen, whole)
  if (under.showsCuts) sameMeaning(under, seen, whole, 'however it is cut')
  else sameContent(under, seen, whole)
  leftInPeace(seen)
  if (endedWell(under, whole)) lengthHolds(seen)
  return whole
}

const wholeOf = (script: Script): Script => ({
  ...script,
  cuts: [],
  memory: 'own',
  answers: ['at once'],
  source: 'pull',
  reader: 'pull',
})

const sameEnd = (seen: Observation, whole: Observation): void => {
  const [found, wanted] = [seen, whole].map(({ end }) =>
    end.kind === 'failed' ? `failed with ${nameOfError(end.error)}` : end.kind,
  )
  if (found !== wanted)
    throw new BrokenLaw(`it ended with: ${found}; and in one piece with: ${wanted}`, seen)
}

const sameContent = (under: FilterUnderTest, seen: Observation, whole: Observation): void => {
  const isSame =
    equalBytes(seen.bytes, whole.bytes) &&
    controlPlaces(under, seen) === controlPlaces(under, whole)
  if (!isSame) throw new BrokenLaw(`in one piece other content leaves: ${whole.leftText}`, seen)
}

const sameMeaning = (
  under: FilterUnderTest,
  seen: Observation,
  other: Observation,
  how: string,
): void => {
  const found = meaningOf(under, seen.bytes, seen)
  const wanted = meaningOf(under, other.bytes, other)
  if (equalBytes(found, wanted)) return
  throw new BrokenLaw(
    `${describeBytes(found)} left, and ${describeBytes(wanted)} ought to leave, ${how}`,
    seen,
  )
}

const lengthHolds = (seen: Observation): void => {
  const { byteLength, byteLengthAfter, bytes } = seen
  if (byteLength !== byteLengthAfter)
    throw new BrokenLaw(
      `byteLength was ${byteLength} before the body was read, and ${byteLengthAfter} after`,
      seen,
    )
  if (byteLength !== undefined && byteLength !== bytes.length)
    throw new BrokenLaw(`${bytes.length} bytes left, and byteLength says ${byteLength}`, seen)
}

/** The bytes, and the memory around them, may also be in use elsewhere: in a cache, or in a second response. */
const leftInPeace = (seen: Observation): void => {
  const frames = seen.given.filter(isData)
  const bytes = seen.memory.isIntact ? concat(frames.map((frame) => frame.bytes)) : undefined
  if (bytes === undefined || !equalBytes(bytes, seen.doing.bytes))
    throw new BrokenLaw('it has changed the bytes that it was given, or memory around them', seen)
}
