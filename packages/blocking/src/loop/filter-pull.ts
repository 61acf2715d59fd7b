import { filterEnd, heldFrame } from './filter-body.ts'
import { FilterFeed } from './filter-feed.ts'
import type { AnyFrame } from '@sluice/body'
import type { Pull, Pulled } from '@sluice/body/engine'
import type { FilterCall } from './filter-body.ts'
import type { FilterThreads } from './filter-threads.ts'

// Only bytes cross to the thread of a filter. A control frame stays on the loop, and a mark crosses in its place: when the mark comes back,
// what the filter held has left, and the frame follows. So the order is that of the source, and of data alone up to `readAheadBytes` may be
// on their way.
//
// - `FilterPull` is what the reader pulls from. It looks for the next frame whenever something has changed, but only if the reader waits.
// - `FilterFeed` asks the source, and holds the control frame.
// - `FilterBody` is the loop's end of the channel, `FilterSession` on the thread the other.
// - `FilterThreads` gives bodies to threads, each of which serves many in turns.

interface Waiter {
  resolve(frame: Pulled<AnyFrame>): void
  reject(error: unknown): void
}

/** Starts the reading of a source through a filter on a worker thread; what the filter gives is data. */
export function filterPull<F extends AnyFrame>(
  source: Pull<F>,
  call: FilterCall,
  threads: () => FilterThreads,
): Pull<F>
export function filterPull(
  source: Pull<AnyFrame>,
  call: FilterCall,
  threads: () => FilterThreads,
): Pull<AnyFrame> {
  return new FilterPull(source, call, threads)
}

class FilterPull implements Pull<AnyFrame> {
  readonly #feed: FilterFeed
  #waiter: Waiter | undefined
  #awaitsFilter = false
  #over = false

  constructor(source: Pull<AnyFrame>, call: FilterCall, threads: () => FilterThreads) {
    this.#feed = new FilterFeed(source, call, threads, () => this.#wake())
  }

  pull(): Pulled<AnyFrame> {
    if (this.#isOver()) return undefined
    try {
      const frame = this.#find()
      if (frame !== undefined) return this.#give(frame)
    } catch (error) {
      return this.#fail(error)
    }
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
    })
  }

  close(): void | PromiseLike<void> {
    if (this.#isOver()) return
    this.#waiter?.resolve(undefined)
    return this.#end()
  }

  /** Something has changed. Only if the reader waits: nothing is pulled before it is asked for. */
  #wake(): void {
    const waiter = this.#waiter
    if (waiter === undefined || this.#isOver()) return
    try {
      const frame = this.#find()
      if (frame === undefined) return
      this.#waiter = undefined
      waiter.resolve(this.#give(frame))
    } catch (error) {
      this.#waiter = undefined
      this.#refuse(waiter, error)
    }
  }

  #refuse(waiter: Waiter, error: unknown): void {
    try {
      waiter.resolve(this.#fail(error))
    } catch (failure) {
      waiter.reject(failure)
    }
  }

  /** The next frame for the reader, `filterEnd`, or `undefined` if there is something to wait for. */
  #find(): AnyFrame | undefined {
    const feed = this.#feed
    for (;;) {
      const found = feed.filter?.next()
      if (found !== undefined) return this.#found(found)
      const isDone = feed.filter?.isDone ?? true
      if (feed.failure !== undefined && isDone) throw feed.failure.error
      if (!feed.mayAsk) return isDone ? undefined : this.#awaitFilter()
      feed.ask()
      if (this.#isOver()) return filterEnd
    }
  }

  #found(found: AnyFrame): AnyFrame | undefined {
    if (found === heldFrame) return this.#feed.takeHeld()
    if (found !== filterEnd) this.#feed.checkOrder(found)
    return found
  }

  #awaitFilter(): undefined {
    if (this.#awaitsFilter) return
    this.#awaitsFilter = true
    this.#feed.filter?.whenChanged(this.#filterChanged)
  }

  readonly #filterChanged = (): void => {
    this.#awaitsFilter = false
    this.#wake()
  }

  #give(frame: AnyFrame): Pulled<AnyFrame> {
    if (frame !== filterEnd) return frame
    // The source has ended, unless a call of it has closed the body.
    if (!this.#isOver()) void this.#end()
    return undefined
  }

  #fail(error: unknown): Promise<never> {
    const rethrow = () => {
      throw error
    }
    try {
      const closing = this.#isOver() ? undefined : this.#end()
      if (closing !== undefined) return Promise.resolve(closing).then(rethrow, rethrow)
    } catch {
      // Errors of closing are ignored: the reader gets the first error.
    }
    return rethrow()
  }

  #end(): void | PromiseLike<void> {
    this.#over = true
    return this.#feed.end()
  }

  /** A call, since any code that is run may close the body. */
  #isOver(): boolean {
    return this.#over
  }
}
