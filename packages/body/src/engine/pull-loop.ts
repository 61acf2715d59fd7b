import { TurnSampler, yieldTurn } from './turn-sampler.ts'
import type { AnyFrame } from '../frames.ts'
import type { Pull } from './pull.ts'

/**
 * Goes on pulling while a pull comes to nothing, as when a filter keeps what comes. One loop and not a chain of promises: this may
 * last long. Made once a pull has come to nothing, since most bodies do without.
 */
export class PullLoop {
  readonly #sampler = new TurnSampler()
  #isRunning = false

  /** Whether `run` is at work: a pull that comes to nothing then returns `undefined`, and `run` pulls again. */
  get isRunning(): boolean {
    return this.#isRunning
  }

  /** To be asked after each frame, or value, of which nothing came. */
  isTurnOver(): boolean {
    return this.#sampler.isTurnOver()
  }

  /** Pulls until there is a frame, or `isOver` says that none will come; from the next turn of the event loop on, if this one is over. */
  async run<F extends AnyFrame>(
    pull: Pull<F>,
    isOver: () => boolean,
    isTurnOver: boolean,
  ): Promise<F | undefined> {
    if (isTurnOver) await yieldTurn()
    if (this.#isRunning || isOver()) return undefined
    this.#isRunning = true
    try {
      for (;;) {
        const frame = await pull.pull()
        if (frame !== undefined || isOver()) return frame
        if (this.isTurnOver()) await yieldTurn()
      }
    } finally {
      this.#isRunning = false
    }
  }
}
