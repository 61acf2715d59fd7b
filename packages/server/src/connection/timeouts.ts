import type { ConnectionLimits } from '../options.ts'

/** What a connection waits for, as far as time-outs go. */
export interface Waits {
  /** `idle`: for a request; `head`: for the rest of one; `request`: a handler runs; `unread`, `lingering`: for leftovers. */
  readonly for: 'idle' | 'head' | 'request' | 'unread' | 'lingering' | 'nothing'
  /** Whether no request has come yet. */
  readonly first: boolean
  /** Whether the handler waits for content. */
  readonly content: boolean
  /** Which pause of its body lasts, counted from 1; 0 where none does. */
  readonly pause: number
  /** Whether the kernel has not taken all that was written, and how many bytes it has taken. */
  readonly unsent: boolean
  readonly sentBytes: number
  /** A number that changes with any progress of a response to a half-closed client; `undefined` if there is none. */
  readonly progress: number | undefined
}

/** What has taken too long, and so what is to be done. */
export type Verdict = 'wait' | 'finish' | 'refuse head' | 'fail content' | 'cut pause' | 'cut'

/** Nobody may keep a connection lingering longer, whatever they send. */
const maxLingerMs = 30_000

/**
 * The time by a clock that does not jump: whole milliseconds, rounded up, so that no time-out comes early. They are small integers
 * for 24 days, and whatever number after that; a fraction is an object of 16 bytes in each place that keeps it.
 */
export const clockMs = (): number => Math.ceil(performance.now())

/** Filled in at the next tick, so that requests never read the clock and no time-out comes early. */
const soon = -1

/** The clock of a connection: when what it waits for began, and when it last came on. */
export class Patience {
  #begunAt = soon
  #cameAt = soon
  #takenAt = soon
  #sentBytes = 0
  #pause = 0
  /** Whether the client was told that it is too slow: it is not waited for again. */
  #wasLate = false
  #pausedAt = soon
  #progress: number | undefined
  #progressAt = soon

  /** Something else is waited for from now on. */
  begin(): void {
    this.#begunAt = soon
    this.#cameAt = soon
  }

  /** A byte has come, or the handler begins to wait for one. */
  came(): void {
    this.#cameAt = soon
  }

  /** The client is told that it is too slow. */
  tellLate(): void {
    this.#wasLate = true
  }

  /**
   * Called about four times a second.
   *
   * @param asOf All input up to this time has been read. Ages are measured up to it, so that clients do not time out because the
   *   process stalled.
   */
  look(asOf: number, now: number, waits: Waits, limits: ConnectionLimits): Verdict {
    const { writeTimeoutMs, lingerMs, headTimeoutMs, idleTimeoutMs } = limits
    if (this.#begunAt === soon) this.#begunAt = now
    if (this.#cameAt === soon) this.#cameAt = now
    if (!waits.unsent || waits.sentBytes > this.#sentBytes) {
      this.#takenAt = now
      // Kept only while something is unsent: small for whoever is not.
      this.#sentBytes = waits.unsent ? waits.sentBytes : 0
    } else if (asOf - this.#takenAt > writeTimeoutMs) return 'cut'
    if (this.#standsStill(asOf, now, waits, limits)) return 'cut'
    const age = asOf - this.#begunAt
    switch (waits.for) {
      case 'idle':
        return age > (waits.first ? headTimeoutMs : idleTimeoutMs) ? 'finish' : 'wait'
      case 'head':
        return age > headTimeoutMs ? 'refuse head' : 'wait'
      case 'request':
        return this.#lookAtRequest(asOf, now, waits, limits)
      case 'unread':
        return age > lingerMs ? 'finish' : 'wait'
      case 'lingering':
        if (waits.unsent) this.#cameAt = now
        if (age > (this.#wasLate ? lingerMs : maxLingerMs)) return 'cut'
        return asOf - this.#cameAt > lingerMs ? 'cut' : 'wait'
      case 'nothing':
        return 'wait'
    }
  }

  /** Whether the response to a half-closed client, which may have gone, has made no progress for too long. */
  #standsStill(
    asOf: number,
    now: number,
    { progress }: Waits,
    { halfClosedTimeoutMs }: ConnectionLimits,
  ): boolean {
    if (progress !== undefined && progress === this.#progress)
      return asOf - this.#progressAt > halfClosedTimeoutMs
    this.#progress = progress
    this.#progressAt = now
    return false
  }

  #lookAtRequest(
    asOf: number,
    now: number,
    { content, pause }: Waits,
    { contentTimeoutMs, requestTimeoutMs, pauseTimeoutMs }: ConnectionLimits,
  ): Verdict {
    if (pause === 0 || pause !== this.#pause) this.#pausedAt = now
    else if (asOf - this.#pausedAt > pauseTimeoutMs) return 'cut pause'
    this.#pause = pause
    if (!content) return 'wait'
    const isLate = asOf - this.#cameAt > contentTimeoutMs || asOf - this.#begunAt > requestTimeoutMs
    return isLate ? 'fail content' : 'wait'
  }
}
