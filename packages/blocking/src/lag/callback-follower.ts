import { AsyncLocalStorage, createHook } from 'node:async_hooks'
import type { AsyncHook } from 'node:async_hooks'
import type { HoldTimes } from './hold-times.ts'
import type { WatchedRequest } from './watched-request.ts'

interface Segment {
  readonly asyncId: number
  readonly watched: WatchedRequest | undefined
  readonly startedAt: number
  readonly outerMs: number
}

/**
 * Times the callbacks of requests: what runs after an `await`, in a timer, or in an event of a stream. A callback belongs to the
 * request that was running when it was registered.
 *
 * While it is on, each promise of the process calls two hooks.
 */
export class CallbackFollower {
  readonly #times: HoldTimes
  readonly #requests = new AsyncLocalStorage<WatchedRequest | undefined>()
  readonly #hook: AsyncHook
  #segments: Segment[] = []
  #isOn = false

  constructor(times: HoldTimes) {
    this.#times = times
    this.#hook = createHook({
      before: (asyncId) => this.#enter(asyncId),
      after: (asyncId) => this.#leave(asyncId),
    })
  }

  get isOn(): boolean {
    return this.#isOn
  }

  start(): void {
    if (this.#isOn) return
    this.#isOn = true
    this.#hook.enable()
  }

  stop(): void {
    if (!this.#isOn) return
    this.#isOn = false
    this.#hook.disable()
    // On Node 20 and 22 its own hooks would stay.
    this.#requests.disable()
    this.#segments = []
  }

  /** Calls a function, so that callbacks which it registers belong to the request, or to none. */
  run<T, R>(watched: WatchedRequest | undefined, call: (argument: T) => R, argument: T): R {
    return this.#isOn ? this.#requests.run(watched, call, argument) : call(argument)
  }

  #enter(asyncId: number): void {
    const watched = this.#requests.getStore()
    const outerMs = this.#times.enter()
    this.#segments.push({ asyncId, watched, startedAt: performance.now(), outerMs })
  }

  /** Hooks that start in the middle of a callback see its end only, and not each end is seen after an uncaught error. */
  #leave(asyncId: number): void {
    const index = this.#segments.findLastIndex((segment) => segment.asyncId === asyncId)
    const segment = this.#segments[index]
    if (segment === undefined) return
    this.#segments.length = index
    this.#times.leave(segment.watched, 'callback', segment.startedAt, segment.outerMs)
  }
}
