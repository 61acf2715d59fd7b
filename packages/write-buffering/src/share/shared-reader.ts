import { closedBefore, deferred, loseFrame } from '@sluice/body/engine'
import { frameFor } from './shared-slot.ts'
import type { AnyFrame } from '@sluice/body'
import type { Deferred, Pull } from '@sluice/body/engine'
import type { Slot } from './shared-slot.ts'

/** What a reader asks of the source that it shares. */
export interface ReaderHost {
  /** How the source ended, after the last frame; `undefined` if it has not ended. */
  readonly outcome: Outcome | undefined
  /** Pulls the source, unless that has to wait. */
  advance(): void
  /** A reader has nothing more to take, and waits for the next frame. */
  waits(reader: SharedReader): void
  /** A reader has taken a slot, or skipped it. */
  passed(slot: Slot): void
  /** Pulls the source if readers wait: there may be room now. */
  goOn(): void
  /** A reader has left. Gives the closing of the source if it was the last. */
  left(reader: SharedReader): void | PromiseLike<void>
}

/** `left`: all readers have left before the end. */
export type Outcome =
  | { readonly kind: 'ended' | 'left' }
  | { readonly kind: 'failed'; readonly error: unknown }

/** One reading of a shared source. */
export class SharedReader implements Pull<AnyFrame> {
  /** Whether it had to skip a frame, and has taken none since. */
  stalled = false
  readonly #source: ReaderHost
  #at: Slot
  /** The first slot that is not replayed. `undefined` once it is past the replayed ones, so that later slots are not kept alive. */
  #live: Slot | undefined
  #first: AnyFrame | undefined
  #wait: Deferred<AnyFrame | undefined> | undefined
  /** Whether a pull is being answered. The source runs inside it, and may pull this reader again. */
  #pulling = false
  /** The last of the queued pulls. */
  #queued: Promise<unknown> | undefined
  #failure: { readonly error: unknown } | undefined
  #over = false

  /**
   * @param live The first slot that is filled after this reader came; the slots before it are replayed.
   * @param first A frame that it gets before it takes any.
   */
  constructor(source: ReaderHost, at: Slot, live: Slot, first: AnyFrame | undefined) {
    this.#source = source
    this.#at = at
    this.#live = at === live ? undefined : live
    this.#first = first
  }

  get at(): Slot {
    return this.#at
  }

  pull(): AnyFrame | undefined | PromiseLike<AnyFrame | undefined> {
    const isFree = !this.#pulling && this.#wait === undefined && this.#queued === undefined
    return isFree ? this.#pull() : this.#pullBehind(this.#queued)
  }

  close(): void | PromiseLike<void> {
    this.#failure = undefined
    if (!this.#over) return this.#leave(closedBefore)
  }

  /** Answers a waiting pull, when a frame or the end has come. */
  wake(): void {
    const wait = this.#wait
    if (wait === undefined) return
    this.#wait = undefined
    try {
      const frame = this.#take()
      if (frame !== undefined || this.#source.outcome === undefined) wait.resolve(frame)
      else wait.resolve(this.#end(this.#source.outcome))
    } catch (error) {
      wait.reject(error)
    }
  }

  /** Skips a frame that it has not taken in time. */
  skip(): void {
    this.stalled = true
    this.#pass('a reader of the shared body was too slow for it')
  }

  /** Leaves with an error, which the next pull rejects with. */
  fail(error: unknown): void | PromiseLike<void> {
    this.#failure = { error }
    return this.#leave('a reader of the shared body was too slow for it')
  }

  #pull(): AnyFrame | undefined | PromiseLike<AnyFrame | undefined> {
    this.#pulling = true
    try {
      return this.#next()
    } finally {
      this.#pulling = false
    }
  }

  #next(): AnyFrame | undefined | PromiseLike<AnyFrame | undefined> {
    const frame = this.#take()
    if (frame !== undefined) return frame
    if (!this.#over && this.#source.outcome === undefined) this.#source.advance()
    // It may have come at once.
    const next = this.#take()
    if (next !== undefined) return next
    if (this.#over) return this.#failed()
    if (this.#source.outcome !== undefined) return this.#end(this.#source.outcome)
    const wait = deferred<AnyFrame | undefined>()
    this.#wait = wait
    this.#source.waits(this)
    return wait.promise
  }

  /** Pulls once every pull before this one has been answered. */
  #pullBehind(before: Promise<unknown> | undefined): Promise<AnyFrame | undefined> {
    const pull = async () => {
      while (this.#wait !== undefined) await settled(this.#wait.promise)
      try {
        return await this.#pull()
      } finally {
        if (this.#queued === queued) this.#queued = undefined
      }
    }
    const queued = settled(before).then(pull)
    this.#queued = queued
    return queued
  }

  /** If this makes room, the source runs inside it, and may close this reader: then there is no frame. */
  #take(): AnyFrame | undefined {
    if (this.#over) return undefined
    const first = this.#first
    this.#first = undefined
    if (first !== undefined) return first
    const slot = this.#at
    if (slot.frame === undefined || slot.next === undefined) return undefined
    const frame = frameFor(slot, this.#live !== undefined)
    this.#goTo(slot.next)
    this.stalled = false
    this.#source.passed(slot)
    this.#source.goOn()
    if (!this.#over) return frame
    loseFrame(frame, closedBefore)
    return undefined
  }

  #pass(found: string): void {
    const slot = this.#at
    const receipt = this.#live === undefined ? slot.receipt : undefined
    if (slot.next === undefined) return
    this.#goTo(slot.next)
    this.#source.passed(slot)
    // Last, since it is foreign code.
    receipt?.lose(found)
  }

  #goTo(slot: Slot): void {
    this.#at = slot
    if (slot === this.#live) this.#live = undefined
  }

  #end(outcome: Outcome): undefined {
    this.#leave('')
    if (outcome.kind === 'failed') throw outcome.error
  }

  #leave(found: string): void | PromiseLike<void> {
    this.#over = true
    while (this.#at.next !== undefined) this.#pass(found)
    this.#wait?.resolve(undefined)
    this.#wait = undefined
    return this.#source.left(this)
  }

  /** A pull after the end: throws the error that ended the reading, once. */
  #failed(): undefined {
    const failure = this.#failure
    if (failure === undefined) return undefined
    this.#failure = undefined
    throw failure.error
  }
}

const settled = async (promise: Promise<unknown> | undefined): Promise<void> => {
  await promise?.catch(() => {})
}
