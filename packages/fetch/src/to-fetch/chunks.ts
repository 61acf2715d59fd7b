import { isData, isFlush, isPause, isTrailers } from '@sluice/body'
import {
  ByteQueue,
  closedBefore,
  closeQuietly,
  deferred,
  isPromiseLike,
  loseFrame,
  nextTurn,
  nothing,
  observePause,
  settleReceipt,
  TurnSampler,
  yieldTurn,
} from '@sluice/body/engine'
import { flushLost, frameAfterTrailers, lengthMismatch, whenSettled } from '@sluice/stack/host'
import type { AnyFrame, Bytes, Receipt } from '@sluice/body'
import type { Deferred, ErrorReports, Pull } from '@sluice/body/engine'

// How the frames of a body become the chunks of a web stream.
//
// A chunk is what is there at once: data is joined until a flush, a pause or the end comes, until the chunk has `fullBytes`, or until
// the source gives nothing more in this turn of the event loop. A generator's frames come by promises even if it waits for nothing,
// and each would be a chunk of its own.
//
// A stream with a high-water mark of 0 asks for a chunk when its reader has taken the one before. So each call of `next()` says that
// the bytes before it have been taken, and settles the receipts of their flushes. The source may then be one pull ahead.

/** A chunk takes no more data once it has this many bytes. A frame is never cut. */
const fullBytes = 65_536

/** A small integer: V8 would store `Infinity` as an object. */
const noLength = -1

/** `begun`: a flush or a pause came before any data, which sends the head of a response. `undefined` is the end. */
export type Gathered = Bytes | 'begun' | undefined

/** What a frame means for the chunk that is gathered. */
type Outcome = 'more' | 'chunk is full' | 'flush' | 'pause' | 'end'

export class Chunks {
  readonly #source: Pull<AnyFrame>
  readonly #reports: ErrorReports | undefined
  readonly #held = new ByteQueue()
  readonly #sampler = new TurnSampler()
  /** Bytes still to come by the announced length. */
  #left: number
  /** Whether a promise of the source is pending, and what it gave after a chunk had left without it. */
  #isAsking = false
  #early: { readonly frame: AnyFrame | undefined } | undefined
  /** What has to be waited for before the source is asked again: a pause, or a turn of the event loop. */
  #wait: PromiseLike<unknown> | undefined
  /** The call of `next` that waits. */
  #waiter: Deferred<Gathered> | undefined
  /** Receipts of flushes behind the bytes that were returned last. */
  #receipts: Receipt[] = []
  #failure: { readonly error: unknown } | undefined
  /** Whether the chunk that waits for more leaves at the end of this turn. */
  #leavesSoon = false
  #hasBegun = false
  #hasTrailers = false
  #hasEnded = false

  /**
   * @param length Bytes that the source has to give, if that was announced.
   * @param reports Takes errors of receipts; see `settleReceipt`.
   */
  constructor(source: Pull<AnyFrame>, length: number | undefined, reports?: ErrorReports) {
    this.#source = source
    this.#left = length ?? noLength
    this.#reports = reports
  }

  /** Whether all has been returned: the next answer would be `undefined`. */
  get isOver(): boolean {
    return this.#hasEnded && this.#failure === undefined && this.#held.byteLength === 0
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
    this.#settleReceipts()
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
      const outcome = this.#take(frame)
      if (outcome === 'end') return this.#end()
      if (this.#sampler.isTurnOver()) this.#wait ??= yieldTurn()
      else if (outcome === 'more') continue
      if (this.#held.byteLength > 0) return this.#release()
      if (outcome === 'flush' || outcome === 'pause') {
        if (!this.#hasBegun) return 'begun'
        this.#settleReceipts()
      }
    }
  }

  /** Takes a frame, or the end. */
  #take(frame: AnyFrame | undefined): Outcome {
    if (frame === undefined) return 'end'
    if (this.#hasTrailers) throw frameAfterTrailers(frame)
    if (isData(frame)) {
      this.#hold(frame.bytes)
      return this.#held.byteLength < fullBytes ? 'more' : 'chunk is full'
    }
    if (isFlush(frame)) {
      if (frame.sent !== undefined) this.#receipts.push(frame.sent)
      return 'flush'
    }
    if (isPause(frame)) {
      observePause(frame)
      this.#wait = frame.until
      return 'pause'
    }
    if (isTrailers(frame)) this.#hasTrailers = true
    return 'more'
  }

  #hold(bytes: Bytes): void {
    if (this.#left !== noLength) {
      this.#left -= bytes.length
      if (this.#left < 0) throw lengthMismatch('more')
    }
    this.#held.push(bytes)
  }

  #release(): Bytes {
    return this.#held.take(this.#held.byteLength)
  }

  #end(): Gathered {
    if (this.#left > 0) throw lengthMismatch('fewer')
    this.#hasEnded = true
    return this.#held.byteLength > 0 ? this.#release() : undefined
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
    if (this.#held.byteLength === 0 || this.#leavesSoon) return 'waiting'
    this.#leavesSoon = true
    whenSettled(nextTurn(), () => this.#releaseHeld(), nothing)
    return 'waiting'
  }

  #releaseHeld(): void {
    this.#leavesSoon = false
    if (this.#waiter === undefined || this.#held.byteLength === 0) return
    this.#takeWaiter()?.resolve(this.#release())
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
    this.#held.clear()
    loseFrame(this.#takeEarly(), closedBefore)
    const receipts = this.#receipts
    this.#receipts = []
    for (const sent of receipts) settleReceipt(sent, flushLost(), this.#reports)
  }

  #settleReceipts(): void {
    if (this.#receipts.length === 0) return
    const receipts = this.#receipts
    this.#receipts = []
    for (const sent of receipts) settleReceipt(sent, undefined, this.#reports)
  }
}
