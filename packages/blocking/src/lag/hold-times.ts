import { AsyncLocalStorage } from 'node:async_hooks'
import { runNextTurn } from '@sluice/body/engine'
import type { LagPlace, WatchedRequest } from './watched-request.ts'

// How long each request holds the loop.
//
// The work of a request comes in segments: its handler's call, a pull of its response body, a callback. A segment may run inside
// another: the time of the inner one is not counted to the outer one. All segments of a request between two turns of timers are
// one go: a chain of short microtasks holds the loop as one long computation does.

interface Hold {
  readonly watched: WatchedRequest
  place: LagPlace
}

/** Outside of every request: what is begun there is no callback of one, and keeps no context of one. */
export const outsideRequests: <R>(call: () => R) => R = AsyncLocalStorage.snapshot()

/** Adds up the own time of segments, and reports each request that held the loop too long once in each go. */
export class HoldTimes {
  /** Time that was spent in segments since the last look of `LoopWatch`. */
  ownMs = 0
  /** Called after a callback was found to hold the loop. */
  onCallback: () => void = () => {}
  /** Time of segments inside the one that runs. */
  #innerMs = 0
  #go = 1
  #holds: Hold[] = []

  /** Begins a segment. Returns what `leave` needs to know about the segment around it. */
  enter(): number {
    const outerMs = this.#innerMs
    this.#innerMs = 0
    return outerMs
  }

  /** Ends a segment; one without a request only frees the segment around it of its time. */
  leave(
    watched: WatchedRequest | undefined,
    place: LagPlace,
    startedAt: number,
    outerMs: number,
  ): void {
    const tookMs = performance.now() - startedAt
    const ownMs = tookMs - this.#innerMs
    this.#innerMs = outerMs + tookMs
    if (watched === undefined) return
    this.ownMs += ownMs
    // They are followed for another request.
    if (place === 'callback' && watched.rule.callbacks === 'never') return
    if (watched.go !== this.#go) {
      watched.go = this.#go
      watched.heldMs = 0
    }
    const isKnown = watched.heldMs > watched.rule.maxLagMs
    watched.heldMs += ownMs
    if (!isKnown && watched.heldMs > watched.rule.maxLagMs) this.#hold({ watched, place })
  }

  /** Timers have had their turn. */
  endGo(): void {
    this.#go++
    if (this.#holds.length === 0) return
    const holds = this.#holds
    this.#holds = []
    for (const { watched, place } of holds) watched.rule.report(watched.lag(place))
    if (holds.some(({ place }) => place === 'callback')) this.onCallback()
  }

  /** Reported by an immediate, and not by the next timer: the process may have nothing else to do. */
  #hold(hold: Hold): void {
    this.#holds.push(hold)
    if (this.#holds.length === 1) outsideRequests(() => runNextTurn(() => this.endGo()))
  }
}
