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
import { FilterBody } from './filter-body.ts'
import type { AnyFrame } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { FilterCall } from './filter-body.ts'
import type { FilterThreads } from './filter-threads.ts'

/**
 * Brings the frames of a source to a filter, one whenever it is told to ask: of data the bytes, of a control frame only a mark. The frame
 * itself is held here until its mark comes back, and the source is not asked meanwhile.
 */
export class FilterFeed {
  readonly #source: Pull<AnyFrame>
  readonly #call: FilterCall
  readonly #threads: () => FilterThreads
  readonly #whenChanged: () => void
  readonly #sampler = new TurnSampler()
  #filter: FilterBody | undefined
  /** What has to come before the source is asked again: its answer, or the next turn of the event loop. */
  #awaits: 'nothing' | 'source' | 'turn' = 'nothing'
  /** A control frame that waits for its mark. */
  #held: AnyFrame | undefined
  #failure: { readonly error: unknown } | undefined
  #hasEnded = false
  #isOver = false
  #trailersHaveLeft = false

  /** @param whenChanged Called when there may be something new, but not before `ask` has returned. */
  constructor(
    source: Pull<AnyFrame>,
    call: FilterCall,
    threads: () => FilterThreads,
    whenChanged: () => void,
  ) {
    this.#source = source
    this.#call = call
    this.#threads = threads
    this.#whenChanged = whenChanged
  }

  /** The filter; `undefined` before the first frame that it has to know of. */
  get filter(): FilterBody | undefined {
    return this.#filter
  }

  /** Why no more frames come behind those that the filter has. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure
  }

  /** Whether the source may be asked for the next frame now. */
  get mayAsk(): boolean {
    if (this.#awaits !== 'nothing' || this.#hasEnded) return false
    if (this.#held !== undefined || this.#failure !== undefined) return false
    return this.#filter?.mayTake(this.#call.readAheadBytes) ?? true
  }

  /** Asks the source for a frame. To be called only if it may ask. */
  ask(): void {
    try {
      const pulled = this.#source.pull()
      if (isPromiseLike(pulled)) {
        this.#awaits = 'source'
        pulled.then(this.#arrived, this.#failed)
        return
      }
      this.#take(pulled)
    } catch (error) {
      // Not thrown: what came before it leaves first.
      this.#failure = { error }
    }
    if (this.#isOver || !this.#sampler.isTurnOver()) return
    this.#awaits = 'turn'
    yieldTurn().then(this.#turned)
  }

  /** Takes the control frame whose mark has come back. */
  takeHeld(): AnyFrame | undefined {
    const held = this.#held
    this.#held = undefined
    if (held?.kind === 'trailers') this.#trailersHaveLeft = true
    return held
  }

  /** @throws {BodyError} If a frame of the filter, or of the source, comes after the trailers. */
  checkOrder(frame: AnyFrame): void {
    if (!this.#trailersHaveLeft) return
    loseFrame(frame, 'it came after the trailers')
    throw new BodyError(
      'BODY_INVALID',
      `Cannot filter the body: found a ${frame.kind} frame after the trailers, wanted the end`,
    )
  }

  /** Closes the filter and, if the source has not ended, the source. To be called once. */
  end(): void | PromiseLike<void> {
    this.#isOver = true
    loseFrame(this.#held, closedBefore)
    this.#held = undefined
    this.#filter?.close()
    if (!this.#hasEnded) return this.#source.close()
  }

  readonly #arrived = (frame: AnyFrame | undefined): void => {
    this.#awaits = 'nothing'
    try {
      this.#take(frame)
    } catch (error) {
      this.#failure = { error }
    }
    this.#whenChanged()
  }

  readonly #failed = (error: unknown): void => {
    this.#awaits = 'nothing'
    this.#failure = { error }
    this.#whenChanged()
  }

  readonly #turned = (): void => {
    this.#awaits = 'nothing'
    this.#whenChanged()
  }

  #take(frame: AnyFrame | undefined): void {
    // The source may have closed the body while it was asked.
    if (this.#isOver) return loseFrame(frame, closedBefore)
    if (frame !== undefined && isData(frame) && frame.bytes.length === 0) return
    if (frame !== undefined) this.checkOrder(frame)
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
      this.#filter ??= new FilterBody(this.#threads(), this.#call, this.#whenChanged)
      return this.#filter
    } catch (error) {
      loseFrame(frame, 'its filter cannot begin')
      throw error
    }
  }
}
