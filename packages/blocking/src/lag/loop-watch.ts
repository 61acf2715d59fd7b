import { timerMs } from '@sluice/body/engine'
import { CallbackFollower } from './callback-follower.ts'
import { HoldTimes, outsideRequests } from './hold-times.ts'
import type { LagPlace, LagRule, LoopLag, WatchedRequest } from './watched-request.ts'

// Who holds the loop?
//
// 1. The call of a handler and each pull of its response body are timed: two looks at the clock each, exact.
// 2. What runs in callbacks (after an `await`, in a timer) can be timed only by async hooks, which slow every promise of the process.
//    They are on only after a lag that step 1 does not explain, and for a minute: a handler that does it again is then named.
//    If it does not, they stay off for a while, which doubles from one vain try to the next: a server under load must not pay for them.
// 3. Such a lag is found by a timer that is late. It runs only while requests are in flight, and keeps no process alive.

/** For how long callbacks are followed after a lag in one of them, or one of an unknown cause. */
const followMs = 60_000

/** For how long they are not followed after that was in vain, at most. */
const longestRestMs = 3_600_000

/** Looks at the loop in the time of one limit. More looks find shorter lags, and cost more. */
const looksPerLimit = 4
const longestLookMs = 1000

/** A late timer tells how long the loop was held, but not by what. */
const unknownLag = (heldMs: number): LoopLag => ({
  handler: undefined,
  method: undefined,
  path: undefined,
  heldMs,
  place: 'unknown',
})

/** All requests that are watched in this process, whatever `lagWarning` they came by: a lag of one is no lag of another. */
class LoopWatch {
  readonly #times = new HoldTimes()
  readonly #follower = new CallbackFollower(this.#times)
  /** Those with requests in flight, or that had some since the last look. */
  readonly #rules = new Set<LagRule>()
  #timer: ReturnType<typeof setInterval> | undefined
  #lookMs = Number.POSITIVE_INFINITY
  #lookedAt = 0
  #followUntil = Number.NEGATIVE_INFINITY
  /** When callbacks may be followed again, and the length of the next rest. */
  #restUntil = Number.NEGATIVE_INFINITY
  #restMs = followMs

  constructor() {
    this.#times.onCallback = () => this.#callbackFound()
  }

  /** Whether callbacks are followed now. */
  get isFollowing(): boolean {
    return this.#follower.isOn
  }

  /** A request is in flight. */
  begin({ rule }: WatchedRequest): void {
    if (rule.inFlight++ === 0) this.#join(rule)
  }

  /** The request is over; may be called again. */
  over(watched: WatchedRequest): void {
    if (watched.isOver) return
    watched.isOver = true
    watched.rule.inFlight--
  }

  /** Runs a segment of a request. */
  run<T, R>(watched: WatchedRequest, place: LagPlace, call: (argument: T) => R, argument: T): R {
    const outerMs = this.#times.enter()
    const startedAt = performance.now()
    try {
      return this.#follower.run(watched, call, argument)
    } finally {
      this.#times.leave(watched, place, startedAt, outerMs)
    }
  }

  /** Runs what stands around a request, in one of its callbacks: it is no part of the request. */
  runOutside<R>(call: () => R): R {
    const outerMs = this.#times.enter()
    const startedAt = performance.now()
    try {
      return this.#follower.run(undefined, call, undefined)
    } finally {
      this.#times.leave(undefined, 'callback', startedAt, outerMs)
    }
  }

  #join(rule: LagRule): void {
    this.#rules.add(rule)
    if (this.#follows(rule)) this.#follower.start()
    const lookMs = Math.min(timerMs(rule.maxLagMs / looksPerLimit), longestLookMs)
    if (lookMs >= this.#lookMs) return
    clearInterval(this.#timer)
    this.#lookMs = lookMs
    this.#lookedAt = performance.now()
    this.#timer = outsideRequests(() => setInterval(() => this.#look(), lookMs))
    this.#timer.unref()
  }

  #follows({ callbacks }: LagRule): boolean {
    if (callbacks === 'never') return false
    return callbacks === 'always' || performance.now() < this.#followUntil
  }

  #look(): void {
    const now = performance.now()
    this.#reportUnknown(now - this.#lookedAt - this.#lookMs - this.#times.ownMs)
    this.#lookedAt = now
    this.#times.ownMs = 0
    this.#times.endGo()
    for (const rule of this.#rules) if (rule.inFlight === 0) this.#rules.delete(rule)
    if (this.#rules.size === 0) this.#rest()
    else if (now >= this.#followUntil && !this.#isAlwaysFollowed()) this.#follower.stop()
  }

  #rest(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#lookMs = Number.POSITIVE_INFINITY
    this.#follower.stop()
  }

  #isAlwaysFollowed(): boolean {
    return [...this.#rules].some(({ callbacks }) => callbacks === 'always')
  }

  #reportUnknown(heldMs: number): void {
    for (const rule of this.#rules) {
      if (heldMs <= rule.maxLagMs || rule.callbacks === 'never') continue
      // If callbacks are followed already, none of them did it.
      if (!this.#follower.isOn) this.#follow()
      rule.report(unknownLag(heldMs))
    }
  }

  #follow(): void {
    const now = performance.now()
    if (now < this.#restUntil) return
    this.#followUntil = now + followMs
    this.#restUntil = this.#followUntil + this.#restMs
    this.#restMs = Math.min(this.#restMs * 2, longestRestMs)
    this.#follower.start()
  }

  /** It was not in vain. */
  #callbackFound(): void {
    this.#followUntil = performance.now() + followMs
    this.#restUntil = this.#followUntil
    this.#restMs = followMs
  }
}

export const loopWatch: LoopWatch = new LoopWatch()
