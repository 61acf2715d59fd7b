import { BodyError } from '@sluice/body'
import { nothing, startBounds } from './bounds.ts'
import { deferred } from './deferred.ts'
import { waitError } from './errors.ts'
import type { WaitOptions } from './bounds.ts'
import type { Deferred } from './deferred.ts'

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
  const wait = new StartedWait<T>(what)
  wait.start(begin, options)
  return wait
}

/** A class: functions that share a scope would be more memory of each pause. */
class StartedWait<T> implements Wait<T> {
  readonly #what: string
  readonly #promise: Promise<T>
  /** Gone once it has settled. */
  #ends: Pick<Deferred<T>, 'resolve' | 'reject'> | undefined
  #stopBounds = nothing
  #stop: (() => void) | undefined

  constructor(what: string) {
    const ends = deferred<T>()
    ends.promise.catch(nothing)
    this.#what = what
    this.#promise = ends.promise
    this.#ends = ends
  }

  start(begin: Begin<T>, options: WaitOptions): void {
    const fail = (error: unknown) => this.#fail(error)
    const timedOut = (timeoutMs: number) =>
      fail(
        new BodyError(
          'TIMED_OUT',
          `Cannot wait for ${this.#what}: found nothing in ${timeoutMs} ms`,
        ),
      )
    const stopBounds = startBounds(options, timedOut, fail)
    if (this.#ends === undefined) return
    this.#stopBounds = stopBounds
    try {
      const stop = begin((value) => this.#fulfil(value), fail)
      if (this.#isPending()) this.#stop = stop
      else stop?.()
    } catch (error) {
      fail(error)
      throw error
    }
  }

  // biome-ignore lint/suspicious/noThenProperty: a wait is awaited
  then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#promise.then(fulfilled, rejected)
  }

  cancel(): void {
    this.#fail(waitError('WAIT_FAILED', `Cannot wait for ${this.#what}: the wait was cancelled`))
  }

  #isPending(): boolean {
    return this.#ends !== undefined
  }

  #fulfil(value: T): void {
    const ends = this.#ends
    this.#ends = undefined
    // Told first: what stops it may be another's, and throw.
    ends?.resolve(value)
    if (ends !== undefined) this.#stopAll()
  }

  #fail(error: unknown): void {
    const ends = this.#ends
    this.#ends = undefined
    ends?.reject(error)
    if (ends !== undefined) this.#stopAll()
  }

  #stopAll(): void {
    this.#stopBounds()
    this.#stop?.()
  }
}

const isWait = (promise: PromiseLike<unknown>): promise is Wait<unknown> =>
  'cancel' in promise && typeof promise.cancel === 'function'

/** Cancels what can be. */
export const cancel = (promise: PromiseLike<unknown>): void => {
  if (isWait(promise)) promise.cancel()
}
