import { timerMs } from '@sluice/body/engine'

/**
 * The time-out of a program that is silent.
 *
 * The time counts while something is asked of the program, and not while the program may be waiting for its client: for more content,
 * or for room for its output. Each change begins it anew.
 *
 * A change only reads the clock, since there are two for each piece: the timer looks when it was, and is set again for what is left.
 * It keeps no process alive: the program does.
 */
export class Silence {
  readonly #late: () => void
  #ms: number
  #isAsked = true
  #isFed = true
  #isOver = false
  #since = performance.now()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(ms: number, late: () => void) {
    this.#ms = ms
    this.#late = late
    this.#set(ms)
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

  /** Another time, from now on. Nothing is asked yet. */
  change(ms: number): void {
    this.asked(false)
    this.#ms = ms
    this.#set(ms)
  }

  /** For good. */
  stop(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
  }

  #look(): void {
    const left = this.#since + this.#ms - performance.now()
    if (!(this.#isAsked && this.#isFed)) this.#set(this.#ms)
    else if (left > 0) this.#set(left)
    else this.#late()
  }

  #set(ms: number): void {
    clearTimeout(this.#timer)
    if (!this.#isOver && ms !== Number.POSITIVE_INFINITY)
      this.#timer = setTimeout(() => this.#look(), timerMs(ms)).unref()
  }
}
