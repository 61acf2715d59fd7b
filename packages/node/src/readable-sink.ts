import { noBytes, settleReceipt } from '@sluice/body/engine'
import { FramePump, flushLost } from '@sluice/stack/host'
import type { Readable } from 'node:stream'
import type { AnyFrame, BodyError, Fields, Receipt } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { BodyFailure, FrameSink } from '@sluice/stack/host'

/** Pushes a body into a `Readable`, of which flushes and trailers are events. */
export class ReadableSink implements FrameSink {
  /** It goes straight into the stream. */
  readonly holdsData = false
  readonly #stream: Readable
  readonly #pump: FramePump
  /** Whether the stream has asked for more. */
  #isWanted = false
  /** A flush, or trailers, that wait until the data before them was taken. */
  #held: 'flush' | Fields | undefined
  #sent: Receipt | undefined
  #passesSoon = false

  constructor(stream: Readable, source: Pull<AnyFrame>) {
    this.#stream = stream
    this.#pump = new FramePump(source, this)
  }

  /** The stream asks for more. */
  wanted(): void {
    this.#isWanted = true
    this.#pump.pump()
  }

  /** All data was taken from the stream. */
  taken(): void {
    if (this.#held !== undefined) this.#passHeldSoon()
  }

  close(): void | PromiseLike<void> {
    return this.#pump.close()
  }

  // Called by the pump

  get hasRoom(): boolean {
    return this.#isWanted && this.#held === undefined
  }

  /** A stream may ask for more inside `push`. */
  hold(bytes: Uint8Array): Uint8Array | undefined {
    this.#isWanted = false
    if (this.#stream.push(bytes)) this.#isWanted = true
    return this.#isWanted ? undefined : noBytes
  }

  write(): void {}

  flush(sent: Receipt | undefined): void {
    this.#sent = sent
    this.#hold('flush')
  }

  trailers(fields: Fields): void {
    this.#hold(fields)
  }

  end(): void {
    this.#stream.push(null)
  }

  drop(): void {
    this.#held = undefined
    this.#settleReceipt(flushLost)
  }

  ended(failure: BodyFailure): void {
    if (failure !== undefined) this.#stream.destroy(errorOf(failure.error))
  }

  #hold(held: 'flush' | Fields): void {
    const { readableLength, readableFlowing } = this.#stream
    this.#held = held
    if (readableLength > 0) return
    if (readableFlowing === true) this.#passHeld()
    else this.#passHeldSoon()
  }

  /** A reader that is given the data by `read` has it only after that has returned. */
  #passHeldSoon(): void {
    this.#settleReceipt()
    if (this.#passesSoon) return
    const pass = () => {
      this.#passesSoon = false
      this.#passHeld()
      this.#pump.pump()
    }
    if (this.#stream.readableFlowing === true) return pass()
    this.#passesSoon = true
    setImmediate(pass)
  }

  #passHeld(): void {
    const held = this.#held
    this.#held = undefined
    if (held === undefined) return
    this.#settleReceipt()
    if (held === 'flush') this.#stream.emit('flush')
    else this.#stream.emit('trailers', held)
  }

  #settleReceipt(lost?: () => BodyError): void {
    const sent = this.#sent
    this.#sent = undefined
    if (sent !== undefined) settleReceipt(sent, lost?.())
  }
}

export const errorOf = (error: unknown): Error =>
  error instanceof Error // error handling
    ? error
    : new Error('Cannot read the body: found another value thrown than an error', { cause: error })
