import { BodyError } from '@sluice/body'
import { nothing, startBounds } from './bounds.ts'
import { deferred } from './deferred.ts'
import type { WaitOptions } from './bounds.ts'

/**
 * Something that is waited for: the `until` of a pause, or awaited by itself.
 *
 * It waits from the moment it is made, so that nothing is missed before somebody awaits it, and ends by itself when it
 * settles: its timers and listeners are gone then. A rejection that nobody awaits is no unhandled rejection.
 */
export interface Wait<T> extends PromiseLike<T> {
  /** Gives it up: its timers and listeners go, and whoever awaits it is told `WAIT_FAILED`. Once settled, does nothing. */
  cancel(): void
}

/** Starts the waiting for one thing, and gives what stops it; called after neither has been. */
export type Begin<T> = (
  fulfil: (value: T) => void,
  fail: (error: unknown) => void,
) => (() => void) | undefined

/**
 * Makes a wait: the one place where waits settle once, and leave nothing.
 *
 * `begin` may settle it at once; what it gives is called when the wait settles, however it does.
 *
 * @param what What is waited for, to stand in messages.
 */
export const startWait = <T>(what: string, begin: Begin<T>, options: WaitOptions = {}): Wait<T> => {
  const { promise, resolve, reject } = deferred<T>()
  promise.catch(nothing)

  let pending = true
  let stopBounds = nothing
  let stop: (() => void) | undefined
  const settle = (tell: () => void) => {
    if (!pending) return
    pending = false
    // Told first: what stops it may be another's, and throw.
    tell()
    stopBounds()
    stop?.()
  }
  const fulfil = (value: T) => settle(() => resolve(value))
  const fail = (error: unknown) => settle(() => reject(error))
  const timedOut = (timeoutMs: number) =>
    fail(new BodyError('TIMED_OUT', `Cannot wait for ${what}: found nothing in ${timeoutMs} ms`))

  stopBounds = startBounds(options, timedOut, fail)
  if (pending) {
    try {
      const stopLater = begin(fulfil, fail)
      if (pending) stop = stopLater
      else stopLater?.()
    } catch (error) {
      fail(error)
      throw error
    }
  }
  return {
    // biome-ignore lint/suspicious/noThenProperty: a wait is awaited
    then: (fulfilled, rejected) => promise.then(fulfilled, rejected),
    cancel: () =>
      fail(new BodyError('WAIT_FAILED', `Cannot wait for ${what}: the wait was cancelled`)),
  }
}

const isWait = (promise: PromiseLike<unknown>): promise is Wait<unknown> =>
  'cancel' in promise && typeof promise.cancel === 'function'

/** Cancels what can be. */
export const cancel = (promise: PromiseLike<unknown>): void => {
  if (isWait(promise)) promise.cancel()
}
