import { BodyError, isData } from '@sluice/body'
import {
  closedBefore,
  isPromiseLike,
  loseFrame,
  noBytes,
  observePause,
  TurnSampler,
  yieldTurn,
} from '@sluice/body/engine'
import { record } from '../channel/record.ts'
import { markOf } from '../release.ts'
import { FilterBody, filterEnd, heldFrame } from './filter-body.ts'
import type { AnyFrame } from '@sluice/body'
import type { Pull, Pulled } from '@sluice/body/engine'
import type { FilterCall } from './filter-body.ts'
import type { FilterThreads } from './filter-threads.ts'

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

/**
 * Only bytes cross. A control frame is held here, and a mark crosses in its place: when the mark comes back, what the filter held has left,
 * and the frame follows, and only then is the source asked again. Of data, up to `readAheadBytes` may be on their way.
 */
class FilterPull implements Pull<AnyFrame> {
  readonly #source: Pull<AnyFrame>
  readonly #call: FilterCall
  readonly #threads: () => FilterThreads
  #filter: FilterBody | undefined
  #state: 'open' | 'after trailers' | 'over' = 'open'
  #waiter: Waiter | undefined
  /** A control frame that waits for its mark. */
  #held: AnyFrame | undefined
  /** What the reader waits for, one of them or several: the source, the filter, the next turn of the event loop. */
  #awaitsSource = false
  #awaitsFilter = false
  #awaitsTurn = false
  #hasEnded = false
  #failure: { readonly error: unknown } | undefined
  readonly #sampler = new TurnSampler()

  constructor(source: Pull<AnyFrame>, call: FilterCall, threads: () => FilterThreads) {
    this.#source = source
    this.#call = call
    this.#threads = threads
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
    return this.#end(true)
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

  readonly #filterChanged = (): void => {
    this.#awaitsFilter = false
    this.#wake()
  }

  readonly #turned = (): void => {
    this.#awaitsTurn = false
    this.#wake()
  }

  #refuse(waiter: Waiter, error: unknown): void {
    try {
      waiter.resolve(this.#fail(error))
    } catch (failure) {
      waiter.reject(failure)
    }
  }

  #give(frame: AnyFrame): Pulled<AnyFrame> {
    return frame === filterEnd ? this.#end(false) : frame
  }

  /** The next frame for the reader, `filterEnd`, or `undefined` if there is something to wait for. */
  #find(): AnyFrame | undefined {
    for (;;) {
      const found = this.#filter?.next()
      if (found !== undefined) return this.#found(found)
      const isDone = this.#filter?.isDone ?? true
      if (this.#failure !== undefined && isDone) throw this.#failure.error
      if (!this.#mayAsk()) return isDone ? undefined : this.#awaitFilter()
      this.#ask()
      if (this.#isOver()) return filterEnd
      if (!this.#awaitsSource && this.#sampler.isTurnOver()) {
        this.#awaitsTurn = true
        yieldTurn().then(this.#turned)
      }
    }
  }

  #mayAsk(): boolean {
    if (this.#awaitsSource || this.#awaitsTurn || this.#hasEnded) return false
    if (this.#held !== undefined || this.#failure !== undefined) return false
    return this.#filter?.mayTake(this.#call.readAheadBytes) ?? true
  }

  #awaitFilter(): undefined {
    if (this.#awaitsFilter) return
    this.#awaitsFilter = true
    this.#filter?.whenChanged(this.#filterChanged)
  }

  #found(found: AnyFrame): AnyFrame | undefined {
    if (found !== heldFrame) {
      if (found !== filterEnd && this.#state === 'after trailers') throw behindTrailers(found)
      return found
    }
    const held = this.#held
    this.#held = undefined
    if (held?.kind === 'trailers') this.#state = 'after trailers'
    return held
  }

  #ask(): void {
    try {
      const pulled = this.#source.pull()
      if (!isPromiseLike(pulled)) return this.#take(pulled)
      this.#awaitsSource = true
      pulled.then(this.#arrived, this.#failed)
    } catch (error) {
      // Not thrown: what came before it leaves first.
      this.#failure = { error }
    }
  }

  readonly #arrived = (frame: AnyFrame | undefined): void => {
    this.#awaitsSource = false
    try {
      this.#take(frame)
    } catch (error) {
      this.#failure = { error }
    }
    this.#wake()
  }

  readonly #failed = (error: unknown): void => {
    this.#awaitsSource = false
    this.#failure = { error }
    this.#wake()
  }

  #take(frame: AnyFrame | undefined): void {
    if (this.#isOver()) return loseFrame(frame, closedBefore)
    if (frame !== undefined && isData(frame) && frame.bytes.length === 0) return
    if (this.#state === 'after trailers' && frame !== undefined) throw behindTrailers(frame)
    const filter = this.#begun(frame)
    if (frame === undefined) {
      this.#hasEnded = true
      filter.tell(record.end, noBytes)
    } else if (isData(frame)) filter.write(frame.bytes)
    else {
      observePause(frame)
      this.#held = frame
      filter.tell(record.mark, markOf(frame.kind))
    }
  }

  #begun(frame: AnyFrame | undefined): FilterBody {
    try {
      this.#filter ??= new FilterBody(this.#threads(), this.#call, () => this.#wake())
      return this.#filter
    } catch (error) {
      loseFrame(frame, 'its filter cannot begin')
      throw error
    }
  }

  #fail(error: unknown): Promise<never> {
    const rethrow = () => {
      throw error
    }
    try {
      const closing = this.#end(true)
      if (closing !== undefined) return Promise.resolve(closing).then(rethrow, rethrow)
    } catch {
      // Errors of closing are ignored: the reader gets the first error.
    }
    return rethrow()
  }

  #end(early: boolean): undefined | PromiseLike<undefined> {
    if (this.#isOver()) return undefined
    this.#state = 'over'
    loseFrame(this.#held, closedBefore)
    this.#held = undefined
    this.#filter?.close()
    if (!early || this.#hasEnded) return undefined
    const closing = this.#source.close()
    return closing === undefined ? undefined : Promise.resolve(closing).then(() => undefined)
  }

  /** A call, since any code that is run may close the body. */
  #isOver(): boolean {
    return this.#state === 'over'
  }
}

const behindTrailers = (frame: AnyFrame): BodyError => {
  loseFrame(frame, 'it came after the trailers')
  return new BodyError(
    'BODY_INVALID',
    `Cannot filter the body: found a ${frame.kind} frame after the trailers, wanted the end`,
  )
}
