import { isPause } from '../kinds.ts'
import { closeQuietly } from './close-quietly.ts'
import { observePause } from './observe-pause.ts'
import { losePieces } from './pieces.ts'
import { isPromiseLike } from './pull.ts'
import { PullLoop } from './pull-loop.ts'
import type { AnyFrame } from '../frames.ts'
import type { AnyIterator, AnyResult } from './iterators.ts'
import type { Pull, Pulled, PullNext } from './pull.ts'

/** Makes frames of the values of an iterator. All its methods are synchronous. */
export interface FrameMaker {
  /** Whether values that were taken may still make frames: `more()` is then called before the iterator. */
  readonly hasMore?: boolean
  /** The frame that a value makes; `undefined` if it makes none, or none yet. Throws if the value is invalid. */
  frameOf(value: unknown): AnyFrame | undefined
  more?(): AnyFrame | undefined
  /** The frame that is left at the end. */
  end?(): AnyFrame | undefined
  /** Disposes of the frames that were not taken. */
  lose?(): void
}

/** The pull over an iterator, ours or foreign; `maker` decides what its values mean. */
export class IteratorPull implements Pull<AnyFrame> {
  readonly #iterator: AnyIterator
  readonly #maker: FrameMaker
  #over = false
  /** Whether `next()` of the iterator runs, and whether `close()` was called meanwhile. */
  #isAsking = false
  #closesLate = false
  #loop: PullLoop | undefined
  #next: PullNext<AnyFrame> | undefined
  #arrived: ((result: AnyResult) => Pulled<AnyFrame>) | undefined
  #failed: ((error: unknown) => Pulled<AnyFrame>) | undefined

  constructor(iterator: AnyIterator, maker: FrameMaker) {
    this.#iterator = iterator
    this.#maker = maker
  }

  pull(): Pulled<AnyFrame> {
    return this.#pull(undefined)
  }

  pullThen(next: PullNext<AnyFrame>): Pulled<AnyFrame> {
    return this.#pull(next)
  }

  close(): void | PromiseLike<void> {
    if (this.#over) return
    this.#over = true
    this.#maker.lose?.()
    // A generator that closes its own body cannot be returned before it has yielded.
    if (this.#isAsking) this.#closesLate = true
    else return this.#return()
  }

  #pull(next: PullNext<AnyFrame> | undefined): Pulled<AnyFrame> {
    for (;;) {
      if (this.#over) return undefined
      let frame: AnyFrame | undefined
      if (this.#maker.hasMore) frame = this.#more()
      else {
        const result = this.#ask()
        if (isPromiseLike(result)) return this.#await(result, next)
        frame = this.#take(result)
      }
      if (frame !== undefined || this.#over) return frame
      this.#loop ??= new PullLoop()
      if (this.#loop.isTurnOver()) return tell(next, this.#goOn(true))
    }
  }

  #ask(): AnyResult | PromiseLike<AnyResult> {
    this.#isAsking = true
    let result: AnyResult | PromiseLike<AnyResult>
    try {
      result = this.#iterator.next()
    } catch (error) {
      this.#over = true
      if (this.#closesLate) this.#returnLate()
      throw error
    }
    this.#isAsking = false
    if (this.#closesLate) this.#returnLate()
    return result
  }

  /** In a method: a closure in `#ask` would cost each call of it. */
  #returnLate(): void {
    closeQuietly({ close: () => this.#return() })
  }

  #return(): void | PromiseLike<void> {
    const returned = this.#iterator.return?.()
    return isPromiseLike(returned) ? Promise.resolve(returned).then(() => {}) : undefined
  }

  /** The functions are kept from one wait to the next, which saves time, but not over a pause, which saves memory. */
  #await(
    result: PromiseLike<AnyResult>,
    next: PullNext<AnyFrame> | undefined,
  ): PromiseLike<AnyFrame | undefined> {
    this.#next = next
    this.#arrived ??= (later) => this.#answer(later)
    this.#failed ??= (error) => this.#fail(error)
    return Promise.resolve(result).then(this.#arrived, this.#failed)
  }

  #answer(result: AnyResult): Pulled<AnyFrame> {
    const next = this.#next
    if (next === undefined) return this.#take(result) ?? this.#goOn(false)
    let frame: AnyFrame | undefined
    try {
      frame = this.#take(result)
    } catch (error) {
      return next.failed(error)
    }
    return frame === undefined && !this.#over ? tell(next, this.#goOn(false)) : next.arrived(frame)
  }

  #fail(error: unknown): Pulled<AnyFrame> {
    const next = this.#next
    if (this.#over) return next?.arrived(undefined)
    this.#over = true
    if (next === undefined) throw error
    return next.failed(error)
  }

  #take(result: AnyResult | undefined): AnyFrame | undefined {
    if (this.#over) {
      if (result?.done !== true) losePieces([result?.value], 0)
      return undefined
    }
    if (result?.done === true) {
      this.#over = true
      return this.#maker.end?.()
    }
    try {
      return this.#frame(this.#maker.frameOf(result?.value))
    } catch (error) {
      return this.#refuse(error)
    }
  }

  #more(): AnyFrame | undefined {
    try {
      return this.#frame(this.#maker.more?.())
    } catch (error) {
      return this.#refuse(error)
    }
  }

  #refuse(error: unknown): never {
    closeQuietly(this)
    throw error
  }

  #frame(frame: AnyFrame | undefined): AnyFrame | undefined {
    if (frame !== undefined && isPause(frame)) {
      observePause(frame)
      this.#arrived = undefined
      this.#failed = undefined
    }
    return frame
  }

  #goOn(isTurnOver: boolean): Promise<AnyFrame | undefined> {
    this.#loop ??= new PullLoop()
    return this.#loop.run(this, () => this.#over, isTurnOver)
  }
}

const tell = (
  next: PullNext<AnyFrame> | undefined,
  later: Promise<AnyFrame | undefined>,
): PromiseLike<AnyFrame | undefined> =>
  next === undefined
    ? later
    : later.then(
        (frame) => next.arrived(frame),
        (error) => next.failed(error),
      )
