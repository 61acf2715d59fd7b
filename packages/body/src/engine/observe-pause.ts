import { nothing } from './deferred.ts'
import type { AnyFrame, Frame } from '../frames.ts'

/** Promises that have a handler already: a pause passes through several layers, and a second handler costs memory. */
const observed = new WeakSet<object>()

/**
 * Adds a handler to the promise of a pause, so that its rejection can never become an unhandled rejection.
 *
 * For code that holds or drops a frame: until a reader waits for the pause, its promise has no other handler, and Node
 * ends the process if it rejects. The reader still sees the rejection. Frames of unknown kinds that have an `until` are
 * treated alike; all others are left alone. A thenable that is not a promise is not called: its rejection cannot be unhandled,
 * and some start their work with each `then`.
 *
 * @example
 * ```ts
 * import { observePause } from '@sluice/body/engine'
 *
 * observePause({ kind: 'pause', until: Promise.reject(new Error('nobody waits yet')) })
 * ```
 */
export const observePause = (frame: Frame | AnyFrame): void => {
  if ('until' in frame) observePromise(frame.until)
}

/** Adds a handler to a promise, unless it got one from here before. Ignores everything that is not a promise. */
export const observePromise = (promise: unknown): void => {
  if (typeof promise !== 'object' || promise === null || observed.has(promise)) return
  // Checks the tag, since the promise may be of another realm, and a call that throws is slow.
  if (Object.prototype.toString.call(promise) !== '[object Promise]') return
  try {
    promiseThen.call(promise, undefined, nothing)
    observed.add(promise)
  } catch {
    // It only looks like a promise.
  }
}

/** Not the object's own `then`, which may run any code. */
const promiseThen: (this: unknown, onFulfilled: undefined, onRejected: () => void) => unknown =
  Promise.prototype.then
