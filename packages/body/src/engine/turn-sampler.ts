import { nothing } from './deferred.ts'
import { runNextTurn } from './next-turn.ts'
import { timersOutliveRequests } from './platform.ts'

// Law 12: a body that never waits must not hold the event loop. All loops over frames share one turn of it: a loop asks
// a `TurnSampler` after each frame, and waits for `yieldTurn` when the turn is over. Loops that wait go on
// in the order in which they began to wait, as many in one turn as fit into it.
//
// In Cloudflare Workers each loop has turns of its own, and its clock is not asked: it stands still while code runs.

/** Milliseconds of a turn of the event loop that all bodies may use together: 10, less the delay until the clock is read. */
const turnMs = 8

/**
 * Frames between two looks at the clock, at most. A look can cost more than a frame. But if frames become slow, this many pass
 * before it is noticed: 32 of 2 ms each hold the loop for 64 ms, once.
 */
const maxFrames = 32

/** The time between two looks grows to at most about this many milliseconds. */
const windowMs = turnMs / 8

/** The number of the measured turn, from 1, and its start by `performance.now()`. */
let turn = 0
let startedAt = Number.NEGATIVE_INFINITY
let isOver = false
/** Whether a callback is scheduled for the end of this turn. */
let isScheduled = false
/** Loops that wait for their next share of a turn; those before `firstWaiting` have gone on. */
let waiting: (() => void)[] = []
let firstWaiting = 0

/**
 * Yields to the event loop: waits until timers and I/O have had their turn, for loops over a source that never waits.
 *
 * Loops go on in the order of the calls, as many in one turn as fit into it. To wait for another event, use `nextTurn`.
 */
export const yieldTurn = (): Promise<void> => new Promise(yieldTurnThen)

/** As `yieldTurn`, with a callback and no promise. It runs only while the turn it runs in is not over, and must not throw. */
export const yieldTurnThen = (resume: () => void): void => {
  if (!timersOutliveRequests) return runNextTurn(resume)
  waiting.push(resume)
  if (!isScheduled) startOwnTurn(performance.now())
}

/**
 * Decides when a loop over frames has to yield to the event loop. One for each loop, since it measures how fast its frames are.
 *
 * @example
 * ```ts
 * import { toBody } from '@sluice/body'
 * import { pullFrom, TurnSampler, yieldTurn } from '@sluice/body/engine'
 *
 * const source = pullFrom(toBody(['always ', 'ready']))
 * const sampler = new TurnSampler()
 * for (let frame = await source.pull(); frame !== undefined; frame = await source.pull())
 *   if (sampler.isTurnOver()) await yieldTurn()
 * ```
 */
export class TurnSampler {
  /** Frames from one look at the clock to the next, and those left until the next. */
  #frames = 1
  #left = 1
  /** The turn of the last look; 0 before the first. */
  #turn = 0
  #lookedAt: number = performance.now()

  /** Whether the loop has to yield now. Call it once after each frame. */
  isTurnOver(): boolean {
    return --this.#left > 0 ? false : this.#look()
  }

  #look(): boolean {
    const now = performance.now()
    const isSameTurn = this.#turn === turn
    const turnBefore = turn
    let over = timersOutliveRequests && isTurnOverAt(now)
    // A new turn began at this look: what passed before it was not measured.
    if (turn !== turnBefore) {
      this.#frames = 1
      // A first frame that took this long was computed or awaited; next to that, yielding costs nothing.
      over ||= this.#turn === 0 && now - this.#lookedAt >= turnMs
    } else if (isSameTurn) this.#adapt(now - this.#lookedAt)
    else if (now - startedAt < windowMs) this.#adapt(0)
    this.#turn = turn
    this.#lookedAt = now
    this.#left = this.#frames
    return over
  }

  /** Doubles while frames are fast; drops at once to what fits into `windowMs` when they are slow. */
  #adapt(tookMs: number): void {
    const fitting = tookMs > 0 ? Math.floor((this.#frames * windowMs) / tookMs) : maxFrames
    this.#frames = Math.max(1, Math.min(fitting, this.#frames * 2, maxFrames))
  }
}

/**
 * Whether the turn is over. A callback at the end of the turn costs more than a frame, so it is scheduled only once something
 * took a millisecond. Time before that may belong to earlier turns, and does not count.
 */
const isTurnOverAt = (now: number): boolean => {
  if (isScheduled) isOver ||= now - startedAt >= turnMs
  else if (now - startedAt >= windowMs) startOwnTurn(now)
  return isOver
}

/** Starts a turn in the middle of one of the event loop. After I/O is polled, immediates run next, and timers only after them. */
const startOwnTurn = (now: number): void => startTurn(now, () => runNextTurn(beginTurn))

const startTurn = (now: number, end: () => void): void => {
  turn++
  startedAt = now
  isScheduled = true
  runNextTurn(end)
}

const beginTurn = (): void => {
  isScheduled = false
  isOver = false
  if (waiting.length === 0) return
  startTurn(performance.now(), beginTurn)
  resumeUpTo(waiting.length)
}

/** Resumes one loop after another while the turn lasts, each after the microtasks of the one before. */
const resumeUpTo = (end: number): void => {
  if (firstWaiting === end) {
    waiting = waiting.slice(end)
    firstWaiting = 0
    return
  }
  if (isTurnOverAt(performance.now())) return
  const resume = waiting[firstWaiting]
  // Frees its scope before the others have resumed.
  waiting[firstWaiting++] = nothing
  resume?.()
  queueMicrotask(() => resumeUpTo(end))
}
