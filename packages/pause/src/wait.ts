import { BodyError } from '@sluice/body'
import { deferred, isObject, nothing, quiet } from '@sluice/body/engine'
import { startBounds } from './bounds.ts'
import { waitError } from './errors.ts'
import type { Deferred } from '@sluice/body/engine'
import type { WaitOptions } from './bounds.ts'

/** Marks the waits of this package; the same symbol in every copy of it. */
export const waiting: unique symbol = Symbol.for('sluice.wait')

/**
 * A promise that can be cancelled: use it as the `until` of a pause, or await it.
 *
 * It starts when it is made, so that no event is missed before it is awaited. When it settles, its timers and listeners are
 * gone. If it rejects and nothing awaits it, that is not an unhandled rejection.
 */
export interface Wait<T> extends PromiseLike<T> {
  /** Tells our waits from other promises that have a `cancel`, which `until`, `firstOf` and `allOf` never call. */
  readonly [waiting]: true
  /** Removes the timers and listeners, and rejects with `WAIT_FAILED`. Does nothing once it has settled. */
  cancel(): void
}

/** Starts to wait. Gives a function that stops, which is called once, after `fulfil` or `fail` has been called. */
export type Begin<T> = (
  fulfil: (value: T) => void,
  fail: (error: unknown) => void,
) => (() => void) | undefined

/**
 * Makes a wait. All waits are made here, so that each settles once and leaves no timer or listener.
 *
 * `begin` may call `fulfil` or `fail` itself. The function that it gives is called when the wait settles.
 *
 * @param what Names what is waited for, in messages.
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
  /** `undefined` once it has settled. */
  #ends: Pick<Deferred<T>, 'resolve' | 'reject'> | undefined
  #stopBounds = nothing
  #stop: (() => void) | undefined

  constructor(what: string) {
    const ends = deferred<T>()
    quiet(ends.promise)
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

  get [waiting](): true {
    return true
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
    // First, since the function that stops may be foreign code, and throw.
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
  isObject(promise) && waiting in promise

/** Cancels a promise that is a Sluice wait. Other promises are left alone, even if they have a `cancel`. */
export const cancel = (promise: PromiseLike<unknown>): void => {
  if (isWait(promise)) promise.cancel()
}
