import { timerMs } from '@sluice/body/engine'

/** What is waited for: the program; more content from the client; or the client, which has to take output. */
export type Awaits = 'program' | 'content' | 'reader'

/** Milliseconds for the program, and for its client. */
export interface SilenceLimits {
  readonly programMs: number
  readonly clientMs: number
}

/**
 * The time-out of a program and its client: one of them is awaited, and does nothing.
 *
 * The program is awaited while it has all the content that has come, and more is asked of it. Else it may be waiting for its client:
 * for more content, or for room for its output. Each change begins the time anew.
 *
 * A change only reads the clock, since there are two for each piece: the timer looks when it was, and is set again for what is left.
 * It keeps no process alive: the program does.
 */
export class Silence {
  readonly #late: (awaits: Awaits) => void
  #limits: SilenceLimits
  #isAsked = true
  #isFed = true
  #isOver = false
  #since = performance.now()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(limits: SilenceLimits, late: (awaits: Awaits) => void) {
    this.#limits = limits
    this.#late = late
    this.#set(limits.programMs)
  }

  /** Whether more is asked of the program: its head, more output, or its end. */
  asked(isAsked: boolean): void {
    this.#isAsked = isAsked
    this.#since = performance.now()
  }

  /** Whether the program has all the content that has come: not so while more of it is awaited. */
  fed(isFed: boolean): void {
    this.#isFed = isFed
    this.#since = performance.now()
  }

  /** Other limits, from now on. Nothing is asked yet. */
  change(limits: SilenceLimits): void {
    this.asked(false)
    this.#limits = limits
    this.#set(limits.programMs)
  }

  /** For good. */
  stop(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
  }

  get #awaits(): Awaits {
    if (!this.#isAsked) return 'reader'
    return this.#isFed ? 'program' : 'content'
  }

  #look(): void {
    const awaits = this.#awaits
    const ms = awaits === 'program' ? this.#limits.programMs : this.#limits.clientMs
    const left = this.#since + ms - performance.now()
    if (left > 0) this.#set(left)
    else this.#late(awaits)
  }

  /** Looks early enough for either limit: until then, the other side may be awaited. */
  #set(left: number): void {
    clearTimeout(this.#timer)
    const { programMs, clientMs } = this.#limits
    const ms = Math.min(left, programMs, clientMs)
    if (!this.#isOver && ms !== Number.POSITIVE_INFINITY)
      this.#timer = setTimeout(() => this.#look(), timerMs(ms)).unref()
  }
}
