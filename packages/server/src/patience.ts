import type { ConnectionLimits } from './options.ts'

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
  /** Writes that the kernel has not taken, and whether it has taken any since the last look. */
  readonly unsent: boolean
  readonly progressed: boolean
}

/** What has taken too long, and so what is to be done. */
export type Verdict = 'wait' | 'finish' | 'refuse head' | 'fail content' | 'cut'

/** Nobody may keep a connection lingering longer, whatever they send. */
const maxLingerMs = 30_000

/** The clock of a connection: when what it waits for began, and when it last came on. Times are those of the server's timer. */
export class Patience {
  readonly #limits: ConnectionLimits
  #begunAt: number
  #cameAt: number
  #takenAt: number
  #pause = 0
  /** Whether the client was told that it is too slow: it is not waited for again. */
  #wasLate = false
  #pausedAt: number

  constructor(limits: ConnectionLimits, now: number) {
    this.#limits = limits
    this.#begunAt = now
    this.#cameAt = now
    this.#takenAt = now
    this.#pausedAt = now
  }

  /** Something else is waited for from now on: by the clock itself, so that no time-out comes early. */
  begin(): void {
    const now = performance.now()
    this.#begunAt = now
    this.#cameAt = now
  }

  /** A byte has come, or the handler begins to wait for one. */
  came(now: number): void {
    this.#cameAt = now
  }

  /** Looked at about twice a second. */
  look(now: number, waits: Waits): Verdict {
    const { writeTimeoutMs, lingerMs, headTimeoutMs, idleTimeoutMs } = this.#limits
    if (!waits.unsent || waits.progressed) this.#takenAt = now
    else if (now - this.#takenAt > writeTimeoutMs) return 'cut'
    const age = now - this.#begunAt
    switch (waits.for) {
      case 'idle':
        return age > (waits.first ? headTimeoutMs : idleTimeoutMs) ? 'finish' : 'wait'
      case 'head':
        this.#wasLate = age > headTimeoutMs
        return this.#wasLate ? 'refuse head' : 'wait'
      case 'request':
        return this.#lookAtRequest(now, waits)
      case 'unread':
        return age > lingerMs ? 'finish' : 'wait'
      case 'lingering':
        if (waits.unsent) this.#cameAt = now
        if (age > (this.#wasLate ? lingerMs : maxLingerMs)) return 'cut'
        return now - this.#cameAt > lingerMs ? 'cut' : 'wait'
      case 'nothing':
        return 'wait'
    }
  }

  #lookAtRequest(now: number, { content, pause }: Waits): Verdict {
    const { contentTimeoutMs, requestTimeoutMs, pauseTimeoutMs } = this.#limits
    if (pause === 0 || pause !== this.#pause) this.#pausedAt = now
    else if (now - this.#pausedAt > pauseTimeoutMs) return 'cut'
    this.#pause = pause
    if (!content) return 'wait'
    this.#wasLate = now - this.#cameAt > contentTimeoutMs || now - this.#begunAt > requestTimeoutMs
    return this.#wasLate ? 'fail content' : 'wait'
  }
}
