import { isData, isFlush } from '@sluice/body'
import { BrokenLaw } from './broken-law.ts'
import { bytesAround, passingKind } from './bytes-around.ts'
import { describeBytes } from './describe.ts'
import { equalBytes } from './equal-bytes.ts'
import { holdsLittle } from './holds-little.ts'
import { observe } from './observe.ts'
import { releasesBefore } from './releases-before.ts'
import { longScript } from './scripts.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Law } from './law.ts'
import type { Observation } from './observation.ts'
import type { Script } from './script.ts'

/**
 * What the traits of a filter promise must be true, whatever the options of the kit allow: options say what the filter may do,
 * traits what users may rely on. A filter may do better than its traits say. `reentrant` is checked by law 1, and `mode` cannot be
 * seen from outside.
 */
export const traits: Law = {
  number: 13,
  title: 'traits',
  says: 'a filter does at least what its traits promise of bytes, of what it holds, and of flushes',
  kinds: { marks: ['flush', 'other'], trailers: true },
  async check(under, script) {
    const seen = await observe(under, script)
    // Other laws report that the filter failed by itself.
    if (seen.end.kind !== 'end') return
    keepsBytes(under, seen)
    keepsFlushes(under, seen)
    if (under.traits?.holds === 'nothing') await holdsNothing(under, script)
  },
  async atLast(under) {
    const patient: FilterUnderTest = { ...under, timeoutMs: longTimes * under.timeoutMs }
    const long = longBody(under)
    if (long === undefined) return
    const seen = await observe(patient, long)
    if (seen.end.kind !== 'end') return
    keepsBytes(under, seen)
    if (under.traits?.holds !== 'whole') endsEarly(under, seen)
    if (under.traits?.holds === 'nothing') await holdsNothing(patient, long)
    if (under.traits?.flush === 'kept') await letsMostGo(patient, long)
  },
}

/** Whether a filter's traits promise anything. */
export const promises = ({ traits: stated }: FilterUnderTest): boolean =>
  stated !== undefined &&
  (stated.bytes === 'kept' || stated.holds !== 'whole' || stated.flush !== 'lost')

/** A body of this length may take this many times `timeoutMs`. */
const longTimes = 10

const keepsBytes = ({ traits: stated }: FilterUnderTest, seen: Observation): void => {
  const { bytes, doing } = seen
  if (stated?.bytes !== 'kept' || equalBytes(bytes, doing.bytes)) return
  throw new BrokenLaw(
    `${describeBytes(bytes)} left, and ${describeBytes(doing.bytes)} came: its traits say bytes: 'kept'`,
    seen,
  )
}

const keepsFlushes = ({ traits: stated }: FilterUnderTest, seen: Observation): void => {
  if (stated === undefined || stated.flush === 'lost') return
  const untrue = `its traits say flush: '${stated.flush}'`
  const given = seen.given.flatMap((frame, index) => (isFlush(frame) ? [index] : []))
  const left = seen.left.filter(({ kind }) => kind === 'flush')
  const least = stated.flush === 'kept' ? given.length : Math.min(1, given.length)
  if (left.length < least || given.some((index) => seen.receipts.isLost(index)))
    throw new BrokenLaw(`a flush was lost: ${untrue}`, seen)
  if (stated.flush === 'delayed') return
  for (const { from, pulls } of left)
    if (from.length > 1 || from.some((index) => pulls > index + 1))
      throw new BrokenLaw(`a flush was joined with others, or left late: ${untrue}`, seen)
}

/** All output of a frame must leave before the next pull, and nothing may be held over control frames. */
const holdsNothing = async (under: FilterUnderTest, script: Script): Promise<void> => {
  const plain: Script = { ...script, marks: [], trailers: false }
  const strict: FilterUnderTest = { ...under, maxHeldBytes: 0, maxHeldOverFlushBytes: 0 }
  const kind = passingKind(strict)
  if (kind !== undefined) {
    // Bytes that mark the control frame itself were not held.
    const mark = await bytesAround(strict, { ...plain, bytes: plain.bytes.subarray(0, 0) }, kind)
    await holdsLittle({ ...strict, maxHeldBytes: mark?.before.length ?? 0 }, plain)
    await releasesBefore(strict, plain, kind)
  }
  if (under.traits?.bytes === 'kept') asMuchAsCame(await observe(under, plain))
}

/** If bytes are kept, their number is known, even if no control frame passes. */
const asMuchAsCame = (seen: Observation): void => {
  let came = 0
  for (const [index, frame] of seen.given.entries()) {
    if (isData(frame)) came += frame.bytes.length
    const left = seen.source.bytesOutAt[index + 1] ?? came
    if (left < came)
      throw new BrokenLaw(
        `it held ${came - left} bytes and asked for more: its traits say holds: 'nothing'`,
        seen,
      )
  }
}

/** If a filter holds at most a limit of bytes, most of a long body leaves before its end. */
const endsEarly = ({ traits: stated }: FilterUnderTest, seen: Observation): void => {
  const all = seen.bytes.length
  const early = seen.source.bytesOutAt[seen.given.length] ?? all
  const late = all - early
  if (late <= Math.max(all / mostLate, freeBytes)) return
  throw new BrokenLaw(
    `${late} of ${all} bytes left only after the source had ended: its traits say holds: '${stated?.holds}'`,
    seen,
  )
}

/** This many bytes, such as an end mark, may leave at the end, and this part of a long body. */
const freeBytes = 1024
const mostLate = 4

/** Even if the options allow any number of bytes to be held over a flush, `flush: 'kept'` means that most of them leave. */
const letsMostGo = async (under: FilterUnderTest, long: Script): Promise<void> => {
  const kind = passingKind(under)
  if (under.maxHeldOverFlushBytes !== Number.POSITIVE_INFINITY || kind !== 'flush') return
  await releasesBefore({ ...under, maxHeldOverFlushBytes: freeBytes }, long, kind)
}

const pieces = 16
const leastBytes = 4096
const usualBytes = 65_536
const unboundedBytes = 1_048_576
const maxLongBytes = 8_388_608

/** A body of many times the bytes that may be held; `undefined` if that is too long. */
const longBody = (under: FilterUnderTest): Script | undefined => {
  const allowed = [under.maxHeldBytes, under.maxHeldOverFlushBytes]
  const most = Math.max(0, ...allowed.filter(Number.isFinite))
  const usual = allowed.every(Number.isFinite) ? usualBytes : unboundedBytes
  const byteLength = Math.min(Math.max(usual, 2 * mostLate * most), under.maxBodyBytes)
  if (byteLength < Math.max(leastBytes, 2 * mostLate * most) || byteLength > maxLongBytes)
    return undefined
  return longScript(under, byteLength, Math.ceil(byteLength / pieces))
}
