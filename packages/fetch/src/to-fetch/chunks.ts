import { isPause } from '@sluice/body'
import {
  closedBefore,
  closeQuietly,
  deferred,
  isPromiseLike,
  loseFrame,
  nextTurn,
  nothing,
  TurnSampler,
  yieldTurn,
} from '@sluice/body/engine'
import { whenSettled } from '@sluice/stack/host'
import { ChunkBuffer } from './chunk-buffer.ts'
import type { AnyFrame, Bytes } from '@sluice/body'
import type { Deferred, ErrorReports, Pull } from '@sluice/body/engine'

// How the frames of a body become the chunks of a web stream.
//
// A chunk is what is there at once: data is joined until a flush, a pause or the end comes, until the chunk has `fullBytes`, or until
// the source gives nothing more in this turn of the event loop. A generator's frames come by promises even if it waits for nothing,
// and each would be a chunk of its own.
//
// A stream with a high-water mark of 0 asks for a chunk when its reader has taken the one before. So each call of `next()` says that
// the bytes before it have been taken, and settles the receipts of their flushes. The source may then be one pull ahead.

/** `begun`: a flush or a pause came before any data, which sends the head of a response. `undefined` is the end. */
export type Gathered = Bytes | 'begun' | undefined

export class Chunks {
  readonly #source: Pull<AnyFrame>
  readonly #buffer: ChunkBuffer
  readonly #sampler = new TurnSampler()
  /** Whether a promise of the source is pending, and what it gave after a chunk had left without it. */
  #isAsking = false
  #early: { readonly frame: AnyFrame | undefined } | undefined
  /** What has to be waited for before the source is asked again: a pause, or a turn of the event loop. */
  #wait: PromiseLike<unknown> | undefined
  /** The call of `next` that waits. */
  #waiter: Deferred<Gathered> | undefined
  #failure: { readonly error: unknown } | undefined
  /** Whether the chunk that waits for more leaves at the end of this turn. */
  #leavesSoon = false
  #hasBegun = false
  #hasEnded = false

  /**
   * @param length Bytes that the source has to give, if that was announced.
   * @param reports Takes errors of receipts; see `settleReceipt`.
   */
  constructor(source: Pull<AnyFrame>, length: number | undefined, reports?: ErrorReports) {
    this.#source = source
    this.#buffer = new ChunkBuffer(length, reports)
  }

  /** Whether all has been returned: the next answer would be `undefined`. */
  get isOver(): boolean {
    return this.#hasEnded && this.#failure === undefined && this.#buffer.isEmpty
  }

  /**
   * The first chunk, or the end. Not to be called while a promise of it is pending.
   *
   * Data that is held when the source fails is dropped. So nothing of a response has left if this throws, or rejects.
   */
  first(): Gathered | Promise<Gathered> {
    return this.#answer()
  }

  /** The next chunk, or the end. Not to be called while a promise of it is pending. */
  next(): Gathered | Promise<Gathered> {
    this.#hasBegun = true
    this.#buffer.settleReceipts()
    return this.#answer()
  }

  /** Closes the source. What waits, and later calls, fail with `error`. */
  close(error: unknown): void | PromiseLike<void> {
    if (this.#failure !== undefined) return
    this.#failure = { error }
    this.#drop()
    this.#takeWaiter()?.reject(error)
    return this.#source.close()
  }

  #answer(): Gathered | Promise<Gathered> {
    const gathered = this.#gather()
    if (gathered !== 'waiting') return gathered
    const waiter = deferred<Gathered>()
    this.#waiter = waiter
    return waiter.promise
  }

  /** Takes what is there. `waiting`: a callback will go on. */
  #gather(): Gathered | 'waiting' {
    try {
      return this.#loop()
    } catch (error) {
      throw this.#fail(error)
    }
  }

  #loop(): Gathered | 'waiting' {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error
      if (this.#isAsking) return this.#waitForMore()
      if (this.#wait !== undefined) return this.#waitFor(this.#wait)
      const frame = this.#early === undefined ? this.#source.pull() : this.#takeEarly()
      if (isPromiseLike(frame)) {
        this.#follow(frame)
        return this.#waitForMore()
      }
      if (frame === undefined) return this.#end()
      const outcome = this.#buffer.take(frame)
      if (isPause(frame)) this.#wait = frame.until
      if (this.#sampler.isTurnOver()) this.#wait ??= yieldTurn()
      else if (outcome === 'more') continue
      if (!this.#buffer.isEmpty) return this.#buffer.release()
      if (outcome === 'flush' || outcome === 'pause') {
        if (!this.#hasBegun) return 'begun'
        this.#buffer.settleReceipts()
      }
    }
  }

  #end(): Gathered {
    this.#buffer.checkEnd()
    this.#hasEnded = true
    return this.#buffer.isEmpty ? undefined : this.#buffer.release()
  }

  #takeEarly(): AnyFrame | undefined {
    const frame = this.#early?.frame
    this.#early = undefined
    return frame
  }

  #follow(asked: PromiseLike<AnyFrame | undefined>): void {
    this.#isAsking = true
    whenSettled(
      asked,
      (frame) => {
        this.#isAsking = false
        if (this.#failure !== undefined) return loseFrame(frame, closedBefore)
        this.#early = { frame }
        this.#goOn()
      },
      (error) => {
        this.#isAsking = false
        this.#fail(error)
        this.#goOn()
      },
    )
  }

  /** The source has nothing right now. What is held leaves at the end of this turn. */
  #waitForMore(): 'waiting' {
    if (this.#buffer.isEmpty || this.#leavesSoon) return 'waiting'
    this.#leavesSoon = true
    whenSettled(nextTurn(), () => this.#releaseHeld(), nothing)
    return 'waiting'
  }

  #releaseHeld(): void {
    this.#leavesSoon = false
    if (this.#waiter === undefined || this.#buffer.isEmpty) return
    this.#takeWaiter()?.resolve(this.#buffer.release())
  }

  #waitFor(wait: PromiseLike<unknown>): 'waiting' {
    whenSettled(
      wait,
      () => {
        this.#wait = undefined
        this.#goOn()
      },
      (error) => {
        this.#fail(error)
        this.#goOn()
      },
    )
    return 'waiting'
  }

  /** Answers the call that waits, if there is one and this is possible now. */
  #goOn(): void {
    if (this.#waiter === undefined) return
    try {
      const gathered = this.#gather()
      if (gathered !== 'waiting') this.#takeWaiter()?.resolve(gathered)
    } catch (error) {
      this.#takeWaiter()?.reject(error)
    }
  }

  #takeWaiter(): Deferred<Gathered> | undefined {
    const waiter = this.#waiter
    this.#waiter = undefined
    return waiter
  }

  /** Returns the error that is thrown from now on: the first one. */
  #fail(error: unknown): unknown {
    if (this.#failure !== undefined) return this.#failure.error
    this.#failure = { error }
    this.#drop()
    closeQuietly(this.#source)
    return error
  }

  #drop(): void {
    this.#buffer.drop()
    loseFrame(this.#takeEarly(), closedBefore)
  }
}
