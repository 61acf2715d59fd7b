import { isPause } from '@sluice/body'
import { deferred } from '@sluice/body/engine'
import { BrokenLaw } from './broken-law.ts'
import { observe, rest } from './observe.ts'
import { unhandledDuring } from './unhandled-during.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Doing } from './observation.ts'
import type { Script } from './script.ts'

/**
 * Checks that a filter that holds or drops a pause adds a handler to its `until`. Otherwise a failure would be an unhandled
 * rejection, which ends the process.
 *
 * @throws {BrokenLaw} If the rejection was unhandled.
 */
export const handlesRejection = async (under: FilterUnderTest, script: Script): Promise<void> => {
  const whole = await observe(under, script)
  const paused = whole.left.findIndex(({ kind }) => kind === 'pause')
  if (whole.end.kind !== 'end') return
  await isHeard(under, script, 'when')
  const most = paused < 0 ? 0 : paused
  for (let leavesAfter = 0; leavesAfter <= most; leavesAfter++)
    await isHeard(under, { ...script, leavesAfter, leavesInPause: true }, 'after')
}

/** @param fails When it fails: when the pause is given, or after the body is over. */
const isHeard = async (
  under: FilterUnderTest,
  doing: Doing,
  fails: 'when' | 'after',
): Promise<void> => {
  const reason = new Error('the wait failed')
  const { promise: until, reject } = deferred<void>()
  const { outcome: seen, reasons } = await unhandledDuring(async () => {
    const whenGiven = fails === 'when' ? () => reject(reason) : () => {}
    const given = await observe(under, {
      ...doing,
      until,
      whenGiven: (frame) => isPause(frame) && whenGiven(),
    })
    if (!given.source.given.some(isPause)) until.catch(() => {})
    reject(reason)
    await rest()
    return given
  }, reason)
  if (reasons === 0) return
  throw new BrokenLaw(
    `the wait of a pause failed${fails === 'when' ? ' at once' : ' after the reader had left'}, and nothing handled it: an unhandled rejection`,
    seen,
  )
}
