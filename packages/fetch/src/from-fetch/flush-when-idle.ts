import { isPromiseLike, plainFlush, runNextTurn } from '@sluice/body/engine'
import type { AnyFrame, Flush } from '@sluice/body'
import type { Pull, Pulled } from '@sluice/body/engine'

/**
 * Flushes when the content of a `Response` pauses, and before it begins if it is not there at once.
 *
 * Fetch has no flush: a host sends the head when it gets the `Response`, and each chunk when it comes. Behind a middleware that holds
 * data, such as `compress`, a chunk would wait for the next.
 */
export class FlushWhenIdle<F extends AnyFrame> implements Pull<F | Flush> {
  readonly #source: Pull<F>
  /** A promise of the source that a flush has overtaken. */
  #asked: PromiseLike<F | undefined> | undefined
  /** Whether nothing was given since the last flush. The head is, in the beginning. */
  #isFlushed = false

  constructor(source: Pull<F>) {
    this.#source = source
  }

  pull(): Pulled<F | Flush> {
    const pulled = this.#asked ?? this.#source.pull()
    this.#asked = undefined
    if (isPromiseLike(pulled))
      return this.#isFlushed ? this.#arriving(pulled) : this.#orFlush(pulled)
    this.#isFlushed = false
    return pulled
  }

  close(): void | PromiseLike<void> {
    return this.#source.close()
  }

  async #arriving(pulled: PromiseLike<F | undefined>): Promise<F | undefined> {
    const frame = await pulled
    this.#isFlushed = false
    return frame
  }

  /** What comes in this turn of the event loop, or else a flush. Each response of a stream comes here: one promise, and no race. */
  #orFlush(pulled: PromiseLike<F | undefined>): Promise<F | Flush | undefined> {
    return new Promise((resolve, reject) => {
      let isSettled = false
      pulled.then(
        (frame) => {
          isSettled = true
          resolve(frame)
        },
        (error) => {
          isSettled = true
          reject(error)
        },
      )
      runNextTurn(() => {
        if (isSettled) return
        this.#asked = pulled
        this.#isFlushed = true
        resolve(plainFlush)
      })
    })
  }
}
