/**
 * The time-out of a program that is silent.
 *
 * The clock runs while something is asked of the program, and stands still while the program may be waiting for its client: for more
 * content, or for room for its output.
 */
export class Silence {
  readonly #late: () => void
  #ms: number
  #isAsked = true
  #isFed = true
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(ms: number, late: () => void) {
    this.#ms = ms
    this.#late = late
    this.#start()
  }

  /** Whether more is asked of the program: its head, more output, or its end. Begins anew. */
  asked(isAsked: boolean): void {
    this.#isAsked = isAsked
    this.#start()
  }

  /** Whether all the content that has come was passed on, or is being passed on: not while more of it is awaited. Begins anew. */
  fed(isFed: boolean): void {
    this.#isFed = isFed
    this.#start()
  }

  /** Another time, from now on. */
  change(ms: number): void {
    this.#ms = ms
    this.#start()
  }

  /** For good. */
  stop(): void {
    this.#ms = Number.POSITIVE_INFINITY
    this.#start()
  }

  #start(): void {
    clearTimeout(this.#timer)
    this.#timer =
      this.#isAsked && this.#isFed && this.#ms !== Number.POSITIVE_INFINITY
        ? setTimeout(this.#late, this.#ms)
        : undefined
  }
}
