import { closedBefore, loseFrame } from './lose-frame.ts'
import type { AnyFrame } from './frames.ts'
import type { Pull } from './pull.ts'

/** The async iterator over a pull. Unlike a generator's, its `return()` does not wait for a pending `next()`. */
export const iteratePull = <F extends AnyFrame>(source: Pull<F>): AsyncIterableIterator<F> =>
  new PullIterator(source)

class PullIterator<F extends AnyFrame> implements AsyncIterableIterator<F> {
  readonly #source: Pull<F>
  #pending: Promise<IteratorResult<F>> | undefined
  #over = false

  constructor(source: Pull<F>) {
    this.#source = source
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<F> {
    return this
  }

  next(): Promise<IteratorResult<F>> {
    const before = this.#pending
    const step = () => this.#step()
    const pending = before === undefined ? step() : before.then(step, step)
    const settled = () => {
      if (this.#pending === pending) this.#pending = undefined
    }
    this.#pending = pending
    pending.then(settled, settled)
    return pending
  }

  async return(): Promise<IteratorResult<F>> {
    this.#over = true
    await this.#source.close()
    return { done: true, value: undefined }
  }

  async #step(): Promise<IteratorResult<F>> {
    if (this.#over) return { done: true, value: undefined }
    try {
      const frame = await this.#source.pull()
      if (frame !== undefined && !this.#over) return { done: false, value: frame }
      // It was left while the frame was on its way.
      loseFrame(frame, closedBefore)
      this.#over = true
      return { done: true, value: undefined }
    } catch (error) {
      this.#over = true
      throw error
    }
  }
}
