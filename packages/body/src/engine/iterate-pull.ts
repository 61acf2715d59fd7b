import { closedBefore, loseFrame } from './lose-frame.ts'
import { observePause } from './observe-pause.ts'
import { isPromiseLike } from './pull.ts'
import { TurnSampler, yieldTurn } from './turn-sampler.ts'
import type { AnyFrame } from '../frames.ts'
import type { Pull, Pulled } from './pull.ts'

/** The async iterator over a pull. Unlike a generator's, its `return()` does not wait for a pending `next()`. */
export const iteratePull = <F extends AnyFrame>(source: Pull<F>): AsyncIterableIterator<F> =>
  new PullIterator(source)

/** Costs one promise and one result object a frame. */
class PullIterator<F extends AnyFrame> implements AsyncIterableIterator<F> {
  readonly #source: Pull<F>
  readonly #sampler = new TurnSampler()
  /** The last result that is pending. */
  #last: Promise<IteratorResult<F>> | undefined
  /** Whether that result waits for an earlier one: overlapping calls are answered in order. */
  #queued = false
  #isNew = true
  #over = false
  #arrived: ((frame: F | undefined) => IteratorResult<F>) | undefined
  #failed: ((error: unknown) => IteratorResult<F>) | undefined

  constructor(source: Pull<F>) {
    this.#source = source
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<F> {
    return this
  }

  next(): Promise<IteratorResult<F>> {
    if (this.#last !== undefined) return this.#nextBehind(this.#last)
    if (this.#isNew) this.#isNew = false
    // Sampled after each frame, that is, before the next one is asked for.
    else if (this.#sampler.isTurnOver()) return this.#nextBehind(yieldTurn())
    try {
      const result = this.#ask()
      if (!isPromiseLike(result)) return Promise.resolve(result)
      this.#last = result
      return result
    } catch (error) {
      return Promise.reject(error)
    }
  }

  async return(): Promise<IteratorResult<F>> {
    this.#over = true
    await this.#source.close()
    return { done: true, value: undefined }
  }

  #nextBehind(before: Promise<unknown>): Promise<IteratorResult<F>> {
    const ask = () => this.#ask()
    const pending = before.then(ask, ask)
    const settled = () => {
      if (this.#last !== pending) return
      this.#last = undefined
      this.#queued = false
    }
    this.#last = pending
    this.#queued = true
    pending.then(settled, settled)
    return pending
  }

  #ask(): IteratorResult<F> | Promise<IteratorResult<F>> {
    if (this.#over) return { done: true, value: undefined }
    let frame: Pulled<F>
    try {
      frame = this.#source.pull()
    } catch (error) {
      this.#over = true
      throw error
    }
    if (!isPromiseLike(frame)) return this.#resultOf(frame)
    this.#arrived ??= (arrived) => {
      this.#settle()
      return this.#resultOf(arrived)
    }
    this.#failed ??= (error) => {
      this.#settle()
      // It was returned while it waited: the outcome is ignored.
      if (this.#over) return { done: true, value: undefined }
      this.#over = true
      throw error
    }
    return Promise.resolve(frame).then(this.#arrived, this.#failed)
  }

  #settle(): void {
    if (!this.#queued) this.#last = undefined
  }

  #resultOf(frame: F | undefined): IteratorResult<F> {
    if (frame !== undefined && !this.#over) {
      // The code that iterates may hold it.
      if (frame.kind === 'pause') observePause(frame)
      return { done: false, value: frame }
    }
    // It was returned while the frame was on its way.
    loseFrame(frame, closedBefore)
    this.#over = true
    return { done: true, value: undefined }
  }
}
