import { isPause } from '@sluice/body'
import { deferred } from '@sluice/body/engine'
import { Broken } from './broken.ts'
import { observe, rest } from './observe.ts'
import { unhandledDuring } from './unhandled.ts'
import type { Doing } from './observation.ts'
import type { Script } from './script.ts'
import type { Under } from './under.ts'

/**
 * Checks that a filter that holds or drops a pause gives its `until` a handler: a failure is then not an unhandled rejection,
 * which ends a process.
 *
 * @throws {Broken} When the rejection was unhandled.
 */
export const observesHeld = async (under: Under, script: Script): Promise<void> => {
  const whole = await observe(under, script)
  const paused = whole.left.findIndex(({ kind }) => kind === 'pause')
  if (whole.end.kind !== 'end') return
  await isHeard(under, script, 'when')
  const most = paused < 0 ? 0 : paused
  for (let leavesAfter = 0; leavesAfter <= most; leavesAfter++)
    await isHeard(under, { ...script, leavesAfter, leavesInPause: true }, 'after')
}

/** @param fails When it fails: when the pause is given, or after the body is over. */
const isHeard = async (under: Under, doing: Doing, fails: 'when' | 'after'): Promise<void> => {
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
  throw new Broken(
    `the wait of a pause failed${fails === 'when' ? ' at once' : ' after the reader had left'}, and nothing handled it: an unhandled rejection`,
    seen,
  )
}
