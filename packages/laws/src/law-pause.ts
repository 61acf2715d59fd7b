import { isPause } from '@sluice/body'
import { deferred, nextTurn, quiet } from '@sluice/body/engine'
import { BrokenLaw } from './broken-law.ts'
import { countKind } from './count-kind.ts'
import { describeError } from './describe.ts'
import { endedWell } from './ended-well.ts'
import { equalBytes } from './equal-bytes.ts'
import { failureReasons } from './failure-reasons.ts'
import { handlesRejection } from './handles-rejection.ts'
import { leavesAtStall } from './leaves-at-stall.ts'
import { Observation } from './observation.ts'
import { observe, observeIn, rest } from './observe.ts'
import { observeQuiet } from './observe-quiet.ts'
import { passesMany } from './passes-many.ts'
import { releasesBefore } from './releases-before.ts'
import { scriptsAtLast } from './scripts.ts'
import { unhandledDuring } from './unhandled-during.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Law } from './law.ts'
import type { Doing } from './observation.ts'
import type { Script } from './script.ts'

export const pause: Law = {
  number: 3,
  title: 'pause',
  says: 'as flush; and when what a pause waits for fulfils, data goes on, when it rejects, the body fails with that reason',
  kinds: { marks: ['pause'] },
  async check(under, script) {
    const seen = await observe(under, script)
    if (!endedWell(under, seen)) return
    countKind(under, seen, 'pause')
    await releasesBefore(under, script, 'pause')
    await leavesAtStall(under, script, 'pause')
    if (under.refuses.has('pause')) return
    await lasts(under, script)
    await handlesRejection(under, withPause(script))
  },
  async atLast(under) {
    if (under.refuses.has('pause')) return
    await passesMany(under, 'pause')
    const [script] = scriptsAtLast(under, { marks: [] })
    if (script === undefined) return
    for (const reason of failureReasons()) await rejects(under, script, reason)
    const { paused, wasHeeded } = await observeQuiet(under)
    if (paused.end.kind === 'failed' && under.mayFail) return
    if (!wasHeeded || paused.end.kind !== 'end')
      throw new BrokenLaw('a pause that lasted for more than 100 ms was not waited for', paused)
  },
}

const waiting = () => {
  const { promise, resolve, reject } = deferred<void>()
  return { until: quiet(promise), fulfil: () => resolve(), reject }
}

/** A script with one pause, in the middle. */
const withPause = (script: Script): Script => ({
  ...script,
  marks: [{ kind: 'pause', at: script.bytes.length >> 1, variant: 0 }],
})

const lasts = async (under: FilterUnderTest, script: Script): Promise<void> => {
  const whole = await observe(under, withPause(script))
  // A pause that does not leave is lost, which another check reports.
  const passes = under.drops.has('pause') || whole.left.some(({ kind }) => kind === 'pause')
  if (whole.end.kind !== 'end' || !passes) return
  const { until, fulfil } = waiting()
  const { seen, reading } = await untilPaused(under, { ...withPause(script), until })
  // A filter that does not pass pauses on waits itself.
  const frames = under.drops.has('pause') ? seen.source.given : seen.left
  const isHeeded = frames.at(-1)?.kind === 'pause' && seen.end.kind !== 'end'
  const textThen = { givenText: seen.givenText, leftText: seen.leftText }
  fulfil()
  await reading
  if (!isHeeded) throw new BrokenLaw('it went on before the pause was over', textThen)
  if (seen.end.kind !== 'end') throw new BrokenLaw('it did not go on after the pause', seen)
  if (!equalBytes(seen.bytes, whole.bytes))
    throw new BrokenLaw('other bytes left than with a pause that was over at once', seen)
  await rejects(under, script, new Error('the wait failed'))
}

const rejects = async (under: FilterUnderTest, script: Script, reason: unknown): Promise<void> => {
  const { until, reject } = waiting()
  const { outcome: seen, reasons: unhandled } = await unhandledDuring(async () => {
    const paused = await untilPaused(under, { ...withPause(script), until })
    reject(reason)
    await paused.reading
    await rest()
    return paused.seen
  }, reason)
  if (seen.end.kind !== 'failed')
    throw new BrokenLaw(`it did not fail when the wait had, with ${describeError(reason)}`, seen)
  if (seen.end.error !== reason && !under.mayFail)
    throw new BrokenLaw('it failed with another error than the wait', seen)
  if (unhandled > 0)
    throw new BrokenLaw(
      'the wait failed, and a promise made of it was an unhandled rejection',
      seen,
    )
}

/** Reads until the source has given the pause, and then waits until nothing more happens. */
const untilPaused = async (
  under: FilterUnderTest,
  doing: Doing,
): Promise<{ readonly seen: Observation; readonly reading: Promise<void> }> => {
  const seen = new Observation(doing)
  let over = false
  const reading = observeIn(seen, under).then(() => {
    over = true
  })
  const isPaused = () =>
    under.drops.has('pause')
      ? seen.source.given.some(isPause)
      : seen.left.some(({ kind }) => kind === 'pause')
  while (!over && !isPaused()) await nextTurn()
  await rest()
  return { seen, reading }
}
