import { finished, Readable } from 'node:stream'
import { closeQuietly, noBytes, settleReceipt } from '@sluice/body/engine'
import { FramePump, flushLost } from '@sluice/stack/host'
import { passTrailers } from './pass-trailers.ts'
import { readingError } from './reading-error.ts'
import type { AnyFrame, Fields, Receipt } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { BodyFailure, FrameSink } from '@sluice/stack/host'
import type { Incoming } from '../incoming/incoming.ts'

/** Pushes a body into a stream, as far as there is room. */
export class FilteredContent implements FrameSink {
  /** `req`, or what another middleware reads in its place. */
  target: Readable
  failure: Error | undefined
  /** The content as it comes from the client. */
  rest: Readable | undefined
  /** It goes straight into the stream. */
  readonly holdsData = false
  readonly #req: Incoming & { readonly _dumped?: boolean }
  readonly #pump: FramePump
  readonly #before: FilteredContent | undefined
  readonly #unheard: (error: Error) => void
  #receipts: Receipt[] | undefined
  /** Whether the stream has asked for more. */
  #isWanted = false
  #isClosed = false

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
    this.#pump = new FramePump(source, this)
    this.#before = before
    this.#unheard = unheard
  }

  /** The response is complete, and nothing has read the content. */
  get isGivenUp(): boolean {
    return this.#req._dumped === true
  }

  read(): void {
    if (this.#pump.isOver) return
    if (this.isGivenUp) return this.#giveUp()
    this.#isWanted = true
    this.#pump.pump()
  }

  close(): void {
    if (this.#pump.isOver) return
    this.#isClosed = true
    closeQuietly(this.#pump)
  }

  // Called by the pump

  get hasRoom(): boolean {
    return this.#isWanted
  }

  /** A stream may ask for more inside `push`. */
  hold(bytes: Uint8Array): Uint8Array | undefined {
    this.#isWanted = false
    if (this.#push(bytes)) this.#isWanted = true
    return this.#isWanted ? undefined : noBytes
  }

  write(): void {}

  /** A receipt is settled when the data before it was taken from the stream. */
  flush(sent: Receipt | undefined): void {
    if (sent === undefined) return
    if (this.target.readableLength === 0) return settleReceipt(sent)
    if (this.#receipts === undefined) this.#watchReads()
    this.#receipts ??= []
    this.#receipts.push(sent)
  }

  trailers(fields: Fields): void {
    passTrailers(this.#req, fields)
  }

  end(): void {
    // As Node does with a request of HTTP/1 whose content has been read.
    this.#req.once('end', () => {
      if (this.#req.complete && this.#req.httpVersionMajor < 2) this.#req.destroy()
    })
    this.#push(null)
  }

  drop(): void {
    for (const sent of this.#receipts?.splice(0) ?? []) settleReceipt(sent, flushLost())
  }

  ended(failure: BodyFailure): void {
    if (failure !== undefined && !this.#isClosed) this.#fail(failure.error)
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

  #giveUp(): void {
    this.close()
    this.#req.once('end', () => this.#req.emit('close'))
    this.#push(null)
  }

  #fail(error: unknown): void {
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
