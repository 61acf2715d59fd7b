import { getEventListeners } from 'node:events'
import * as assert from 'uvu/assert'
import { turn } from '../within.ts'
import { timersSet, watchRejections } from './left-over.ts'
import type { EventEmitter } from 'node:events'

/** Runs a test that has to leave no timer, and no rejection that nobody caught. */
export const leavingNothing = (run: () => unknown) => async (): Promise<void> => {
  // The runner starts the first test inside a timer of its own.
  await turn()
  const before = timersSet()
  const rejections = watchRejections()
  try {
    await run()
    await turn(2)
    assert.is(timersSet(), before, 'a timer is left')
    assert.equal(rejections.reasons, [])
  } finally {
    rejections.stop()
  }
}

/** How many listeners an emitter has, of every event. */
export const listenersOf = (emitter: EventEmitter): number =>
  emitter.eventNames().reduce((count, event) => count + emitter.listenerCount(event), 0)

export const abortListeners = (signal: AbortSignal): number =>
  getEventListeners(signal, 'abort').length
