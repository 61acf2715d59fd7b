import { finished, Readable } from 'node:stream'
import { isData, isFlush, isPause, isTrailers } from '@sluice/body'
import {
  closeQuietly,
  isPromiseLike,
  loseFrame,
  settleReceipt,
  TurnSampler,
  yieldTurnThen,
} from '@sluice/body/engine'
import { flushLost, whenSettled } from '@sluice/stack/host'
import { passTrailers } from './pass-trailers.ts'
import { readingError } from './reading-error.ts'
import type { AnyFrame, Receipt } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { Incoming } from '../incoming/incoming.ts'

/** Pushes a body into a stream, as far as there is room. */
export class FilteredContent {
  /** `req`, or what another middleware reads in its place. */
  target: Readable
  failure: Error | undefined
  /** The content as it comes from the client. */
  rest: Readable | undefined
  readonly #req: Incoming & { readonly _dumped?: boolean }
  readonly #source: Pull<AnyFrame>
  readonly #before: FilteredContent | undefined
  readonly #unheard: (error: Error) => void
  readonly #sampler = new TurnSampler()
  #receipts: Receipt[] | undefined
  /** `wanted`: asked for more inside `push`. */
  #state: 'idle' | 'pulling' | 'wanted' | 'waiting' | 'over' = 'idle'

  /**
   * @param before What the source reads, if that is filtered too.
   * @param unheard Called if the source fails, and the application listens to no error of `req`.
   */
  constructor(
    req: Incoming,
    source: Pull<AnyFrame>,
    before: FilteredContent | undefined,
    unheard: (error: Error) => void,
  ) {
    this.target = req
    this.#req = req
    this.#source = source
    this.#before = before
    this.#unheard = unheard
  }

  /** The response is complete, and nothing has read the content. */
  get isGivenUp(): boolean {
    return this.#req._dumped === true
  }

  read(): void {
    if (this.#state === 'over') return
    if (this.isGivenUp) return this.#giveUp()
    if (this.#state === 'pulling') this.#state = 'wanted'
    if (this.#state === 'idle') this.#try(() => this.#loop())
  }

  close(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#loseReceipts()
    closeQuietly(this.#source)
  }

  #try(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#fail(error)
    }
  }

  #loop(): void {
    this.#state = 'pulling'
    for (;;) {
      const frame = this.#source.pull()
      if (isPromiseLike(frame)) return this.#waitFor(frame)
      if (!this.#take(frame)) return
      if (this.#sampler.isTurnOver()) return this.#wait(yieldTurnThen)
    }
  }

  #waitFor(frame: PromiseLike<AnyFrame | undefined>): void {
    this.#state = 'waiting'
    whenSettled(
      frame,
      (arrived) => {
        if (this.#state === 'over') return loseFrame(arrived, 'the request was destroyed before it')
        this.#state = 'pulling'
        this.#try(() => {
          if (this.#take(arrived)) this.#loop()
        })
      },
      (error) => this.#fail(error),
    )
  }

  #wait(until: (resume: () => void) => void): void {
    this.#state = 'waiting'
    until(() => {
      if (this.#state === 'waiting') this.#try(() => this.#loop())
    })
  }

  /** Takes a frame; `false` if the loop must not go on. */
  #take(frame: AnyFrame | undefined): boolean {
    if (frame === undefined) {
      this.#end()
      return false
    }
    if (isData(frame)) return this.#pushData(frame.bytes)
    if (isPause(frame)) {
      this.#wait((resume) => whenSettled(frame.until, resume, (error) => this.#fail(error)))
      return false
    }
    if (isFlush(frame)) this.#flush(frame.sent)
    else if (isTrailers(frame)) passTrailers(this.#req, frame.fields)
    return true
  }

  #pushData(bytes: Uint8Array): boolean {
    const hasRoom = this.#push(bytes)
    if (this.#state === 'over') return false
    if (hasRoom || this.#state === 'wanted') {
      this.#state = 'pulling'
      return true
    }
    this.#state = 'idle'
    return false
  }

  /** A receipt is settled when the data before it was taken from the stream. */
  #flush(sent: Receipt | undefined): void {
    if (sent === undefined) return
    if (this.target.readableLength === 0) return settleReceipt(sent)
    if (this.#receipts === undefined) this.#watchReads()
    this.#receipts ??= []
    this.#receipts.push(sent)
  }

  #watchReads(): void {
    const { target } = this
    const { read } = target
    target.read = (size) => {
      const chunk: unknown = read.call(target, size)
      if (target.readableLength === 0)
        for (const sent of this.#receipts?.splice(0) ?? []) settleReceipt(sent)
      return chunk
    }
  }

  #loseReceipts(): void {
    for (const sent of this.#receipts?.splice(0) ?? []) settleReceipt(sent, flushLost())
  }

  #end(): void {
    this.#state = 'over'
    // As Node does with a request of HTTP/1 whose content has been read.
    this.#req.once('end', () => {
      if (this.#req.complete && this.#req.httpVersionMajor < 2) this.#req.destroy()
    })
    this.#push(null)
  }

  #giveUp(): void {
    this.close()
    this.#req.once('end', () => this.#req.emit('close'))
    this.#push(null)
  }

  #fail(error: unknown): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#loseReceipts()
    // To the reader of a failed stream it looks as if the client had left.
    const failure = this.#before?.failure ?? readingError(error)
    this.failure = failure
    const { target } = this
    if (target === this.#req) {
      this.#endLater()
      // After the listeners of the application, which may answer.
      if (target.listenerCount('error') === 0) target.once('close', () => this.#unheard(failure))
    }
    target.destroy(failure)
  }

  /**
   * Parsers discard what is left before they pass their error on: they wait for the event `end`, which a stream that has failed never
   * has. So listeners that are added now are called when the rest has come.
   */
  #endLater(): void {
    const { rest } = this
    // One of Node's own adds itself again for as long as the content has not ended.
    const called = new Set<unknown>()
    this.#req.on('newListener', (event, listener) => {
      if (event !== 'end' || called.has(listener)) return
      called.add(listener)
      const ended = () => Reflect.apply(listener, this.#req, [])
      if (rest === undefined || rest.readableEnded || rest.destroyed)
        return void process.nextTick(ended)
      finished(rest, { writable: false }, ended)
      rest.resume()
    })
  }

  /** Not by the `push` of the object, by which the content comes. */
  #push(bytes: Uint8Array | null): boolean {
    return Readable.prototype.push.call(this.target, bytes)
  }
}
