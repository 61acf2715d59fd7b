import { BrokenLaw } from './broken-law.ts'
import { controlPlaces } from './control-places.ts'
import { Deadline } from './deadline.ts'
import { endedWell } from './ended-well.ts'
import { equalBytes } from './equal-bytes.ts'
import { holdsLittle } from './holds-little.ts'
import { Observation } from './observation.ts'
import { observe } from './observe.ts'
import { observeQuiet } from './observe-quiet.ts'
import { lastInputs, longScript, plainScript } from './scripts.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Law } from './law.ts'
import type { Script } from './script.ts'

export const demand: Law = {
  number: 8,
  title: 'demand',
  says: 'nothing is pulled before it is asked for; a filter holds at most what its options say',
  kinds: { marks: ['flush', 'pause', 'other'], trailers: true },
  async check(under, script) {
    unasked(await observe(under, { ...script, leavesAfter: 0, rests: true }))
    const seen = await observe(under, { ...script, rests: true })
    unasked(seen)
    if (!endedWell(under, seen)) return
    notBeyond(under, seen)
    await askedAhead(under, script, seen)
    await holdsLittle(under, { ...script, marks: [], trailers: false })
  },
  async atLast(under) {
    const long = longBody(under)
    if (long !== undefined) await holdsLittle(under, long)
    const large = longScript(under, largeBytes, largeBytes >> 1)
    if (large !== undefined) {
      unasked(await observe(under, { ...large, rests: true }))
      await holdsLittle(under, large)
    }
    unasked((await observeQuiet(under)).stalled)
    const [bytes] = lastInputs(under)
    if (bytes === undefined) return
    const bare: Script = { ...plainScript(bytes), cuts: [bytes.length >> 1], source: 'bare' }
    const seen = await observe(under, bare)
    if (endedWell(under, seen)) await askedAhead(under, bare, seen)
  },
}

const unasked = (seen: Observation): void => {
  const { unaskedPulls, doubledPulls } = seen.source
  if (unaskedPulls > 0) throw new BrokenLaw('it pulled while the reader was not asking', seen)
  if (doubledPulls > 0) throw new BrokenLaw('it pulled while a pull was pending', seen)
}

/** A control frame leaves before the source is pulled again. */
const notBeyond = (under: FilterUnderTest, seen: Observation): void => {
  // A filter that may hold a whole body may pull all of it first.
  if (Math.max(under.maxHeldBytes, under.maxHeldOverFlushBytes) === Number.POSITIVE_INFINITY) return
  for (const { kind, from, pulls } of seen.left) {
    if (kind === 'trailers' || from.length === 0) continue
    if (kind === 'flush' && under.delaysFlush) continue
    if (pulls > Math.max(...from) + 1)
      throw new BrokenLaw(`it pulled again before the ${kind} frame had left`, seen)
  }
}

/** `next()` may be called again before it has answered. The later call then waits. */
const askedAhead = async (
  under: FilterUnderTest,
  script: Script,
  plain: Observation,
): Promise<void> => {
  const { left } = plain
  if (left.length === 0) return
  // A generator queues overlapping calls. A bare iterator need not, so the filter has to.
  const given = script.source === 'pull' ? 'pull' : 'bare'
  const seen = new Observation({ ...script, source: given, reader: 'iterator' })
  const { source } = seen
  source.asked = true
  const iterator = under.make()(source.body)[Symbol.asyncIterator]()
  // A filter that has nothing to do may return the source itself.
  if (source.isIterator(iterator)) return
  const deadline = new Deadline(under.timeoutMs)
  const answers = Array.from({ length: left.length + 1 }, () => iterator.next())
  try {
    for (const answer of answers) {
      const { done, value } = await deadline.wait(answer)
      if (done !== true) seen.take(value)
    }
    seen.end = { kind: 'end' }
  } catch {
    // Other laws report that the filter failed by itself.
    return
  } finally {
    deadline.clear()
    for (const answer of answers) answer.catch(() => {})
    await iterator.return?.()
  }
  unasked(seen)
  if (!equalBytes(seen.bytes, plain.bytes) || !samePlaces(under, seen, plain))
    throw new BrokenLaw('other frames left for a reader that asks ahead', seen)
}

/** Ignores flushes if the filter may have made some itself: it may call receipts only after the end. */
const samePlaces = (under: FilterUnderTest, one: Observation, other: Observation): boolean => {
  const isOwn = ({ left }: Observation) =>
    left.some(({ kind, from }) => kind === 'flush' && from.length === 0)
  const places = isOwn(one) || isOwn(other) ? { ...under, delaysFlush: true } : under
  return controlPlaces(places, one) === controlPlaces(places, other)
}

const pieces = 16
const largeBytes = 262_144
const maxLongBytes = 8_388_608

/** A body of several times the bytes that may be held; `undefined` if that is too long. */
const longBody = (under: FilterUnderTest): Script | undefined => {
  const byteLength = 4 * Math.max(under.maxHeldBytes, 1024)
  if (byteLength > maxLongBytes) return undefined
  return longScript(under, byteLength, Math.ceil(byteLength / pieces))
}
