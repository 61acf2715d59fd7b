import { nextTurn } from './breathe.ts'

// Law 12: a body that never waits must not hold the event loop. All loops over frames share one turn of it: a loop asks
// a `TurnSampler` after each frame, and waits for `yieldTurn` or `afterTurn` when the turn is over. Loops that wait go on
// in the order in which they began to wait, as many in one turn as fit into it.

/** Milliseconds of a turn of the event loop that all bodies together may use. A look at the clock comes late: hence not 10. */
const turnMs = 8

/**
 * Frames between two looks at the clock, at most. A look costs 40 to 400 ns; but frames that become slow are found out only
 * after as many: 32 of 2 ms hold the loop for 64 ms, once.
 */
const maxFrames = 32

/** A window between two looks is not made longer once it takes this many milliseconds. */
const windowMs = turnMs / 8

/** The turn that is measured, counted from 1, and when that began, by `performance.now()`. */
let turn = 0
let startedAt = Number.NEGATIVE_INFINITY
let isOver = false
/** Whether the end of this turn will be heard of. */
let isScheduled = false
/** Loops that wait for their next share of a turn; those before `firstWaiting` have gone on. */
let waiting: (() => void)[] = []
let firstWaiting = 0

/**
 * Calls back once timers and I/O have had their turn.
 *
 * Callbacks run in the order of the calls, and only while the turn they run in is not over. A callback must not throw.
 */
export const afterTurn = (run: () => void): void => {
  waiting.push(run)
  if (!isScheduled) startOwnTurn(performance.now())
}

/** Waits for the next share of a turn, as `afterTurn` does: for loops over what is always ready. */
export const yieldTurn = (): Promise<void> => new Promise(afterTurn)

/**
 * Tells a loop over frames when to yield to the event loop. One for each loop, since it learns how fast its frames are.
 *
 * @example
 * ```ts
 * import { pullFrom, toBody, TurnSampler, yieldTurn } from '@sluice/body'
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
    let over = isTurnOverAt(now)
    // A turn that begins here was not measured before, so these frames may be slow, or of many turns.
    if (turn !== turnBefore) {
      this.#frames = 1
      // A first frame that took so long was computed, or waited for: then yielding costs next to nothing.
      over ||= this.#turn === 0 && now - this.#lookedAt >= turnMs
    } else if (isSameTurn) this.#adapt(now - this.#lookedAt)
    else if (now - startedAt < windowMs) this.#adapt(0)
    this.#turn = turn
    this.#lookedAt = now
    this.#left = this.#frames
    return over
  }

  /** Twice as many while frames prove fast; when they are slow, at once down to what fits into a window. */
  #adapt(tookMs: number): void {
    const fitting = tookMs > 0 ? Math.floor((this.#frames * windowMs) / tookMs) : maxFrames
    this.#frames = Math.max(1, Math.min(fitting, this.#frames * 2, maxFrames))
  }
}

/**
 * Whether the turn is over. The end of a turn is only heard of once it is scheduled, which costs a microsecond: so not
 * before something takes a millisecond. What was measured before that may be of earlier turns, and does not count.
 */
const isTurnOverAt = (now: number): boolean => {
  if (isScheduled) isOver ||= now - startedAt >= turnMs
  else if (now - startedAt >= windowMs) startOwnTurn(now)
  return isOver
}

/** A turn that starts in the middle of one of the loop: where I/O is polled, immediates come next, and timers only after them. */
const startOwnTurn = (now: number): void => startTurn(now, () => nextTurn(beginTurn))

const startTurn = (now: number, end: () => void): void => {
  turn++
  startedAt = now
  isScheduled = true
  nextTurn(end)
}

const beginTurn = (): void => {
  isScheduled = false
  isOver = false
  if (waiting.length === 0) return
  startTurn(performance.now(), beginTurn)
  resumeUpTo(waiting.length)
}

/** Resumes a loop, and the next one after what that does in promises, while the turn lasts. */
const resumeUpTo = (end: number): void => {
  if (firstWaiting === end) {
    waiting = waiting.slice(end)
    firstWaiting = 0
    return
  }
  if (isTurnOverAt(performance.now())) return
  const resume = waiting[firstWaiting]
  // Its scope is not kept until all have gone on.
  waiting[firstWaiting++] = nothing
  resume?.()
  queueMicrotask(() => resumeUpTo(end))
}

const nothing = () => {}
