import { BodyError } from '../body-error.ts'
import { foundIn, isFrame, isPause } from '../kinds.ts'
import { closeQuietly } from './close-quietly.ts'
import { closedBefore, loseFrame } from './lose-frame.ts'
import { observePause } from './observe-pause.ts'
import type { AnyFrame } from '../frames.ts'
import type { Pull } from './pull.ts'

/** The pull over an async iterator, which may be anybody's. */
export class IteratorPull<F extends AnyFrame> implements Pull<F> {
  readonly #iterator: AsyncIterator<F>
  #over = false
  #arrived: ((result: IteratorResult<F>) => F | undefined | Promise<never>) | undefined
  #failed: ((error: unknown) => undefined) | undefined

  constructor(iterator: AsyncIterator<F>) {
    this.#iterator = iterator
  }

  pull(): F | undefined | PromiseLike<F | undefined> {
    if (this.#over) return undefined
    try {
      return this.#await(this.#iterator.next())
    } catch (error) {
      return this.#fail(error)
    }
  }

  async close(): Promise<void> {
    if (this.#over) return
    this.#over = true
    await this.#iterator.return?.()
  }

  /** As in `PiecePull`: kept from one wait to the next, but not over a pause. */
  #await(pending: Promise<IteratorResult<F>>): Promise<F | undefined> {
    this.#arrived ??= (result) => this.#take(result)
    this.#failed ??= (error) => this.#fail(error)
    return pending.then(this.#arrived, this.#failed)
  }

  #take(result: IteratorResult<F>): F | undefined | Promise<never> {
    if (result.done === true) {
      this.#over = true
      return undefined
    }
    // Checked, since an undefined that was yielded would pass for the end.
    if (!isFrame(result.value)) return this.#over ? undefined : this.#refuse(result.value)
    if (isPause(result.value)) {
      observePause(result.value)
      this.#arrived = undefined
      this.#failed = undefined
    }
    if (!this.#over) return result.value
    loseFrame(result.value, closedBefore)
    return undefined
  }

  #fail(error: unknown): undefined {
    if (this.#over) return undefined
    this.#over = true
    throw error
  }

  async #refuse(found: unknown): Promise<never> {
    await closeQuietly(this)
    throw new BodyError(
      'BODY_INVALID',
      `Cannot read the body: found ${foundIn(found)}, wanted a frame`,
    )
  }
}
