import { Readable } from 'node:stream'
import { closeBody, isData, isFlush, isPause, isTrailers } from '@sluice/body'
import {
  isPromiseLike,
  loseFrame,
  pullFrom,
  settleReceipt,
  TurnSampler,
  yieldTurnThen,
} from '@sluice/body/engine'
import { flushLost, whenSettled } from '@sluice/stack/host'
import type { AnyFrame, Body, Receipt } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'

/**
 * Makes a Node `Readable` of a body, for libraries that take one.
 *
 * Nothing is pulled before the stream is read. A flush is the event `flush`, and trailers are the event `trailers` with their
 * `Fields`; code that does not listen loses nothing but the hint, since a `Readable` gives each chunk as soon as it has it. The
 * receipt of a flush is settled when the data before it was taken from the stream. A pause delays what comes after it. An error of
 * the body destroys the stream. Destroying the stream closes the body, once, also if it was never read.
 *
 * @throws {BodyError} As the event `error`: `BODY_USED` if the body has been read before.
 *
 * @example
 * import { toBody } from '@sluice/body'
 * import { toReadable } from '@sluice/node'
 *
 * let content = ''
 * for await (const chunk of toReadable(toBody('hello'))) content += chunk
 * if (content !== 'hello') throw new Error('lost')
 */
export const toReadable = (body: Body<AnyFrame>): Readable => new BodyReadable(body)

class BodyReadable extends Readable {
  readonly #body: Body<AnyFrame>
  #source: Pull<AnyFrame> | undefined
  readonly #sampler = new TurnSampler()
  #receipts: Receipt[] = []
  /** `wanted`: asked for more inside `push`. */
  #state: 'idle' | 'pulling' | 'wanted' | 'waiting' | 'over' = 'idle'

  constructor(body: Body<AnyFrame>) {
    super()
    this.#body = body
  }

  override read(size?: number): unknown {
    const chunk: unknown = super.read(size)
    if (this.#receipts.length > 0 && this.readableLength === 0) this.#settleReceipts()
    return chunk
  }

  override _read(): void {
    if (this.#state === 'pulling') this.#state = 'wanted'
    if (this.#state !== 'idle') return
    try {
      this.#source ??= pullFrom(this.#body)
      this.#loop(this.#source)
    } catch (error) {
      this.#fail(error)
    }
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    for (const sent of this.#receipts.splice(0)) settleReceipt(sent, flushLost())
    if (this.#state === 'over') return done(error)
    this.#state = 'over'
    const closing = this.#source === undefined ? closeBody(this.#body) : this.#source.close()
    if (!isPromiseLike(closing)) return done(error)
    whenSettled(
      closing,
      () => done(error),
      (failure) => done(error ?? errorOf(failure)),
    )
  }

  #loop(source: Pull<AnyFrame>): void {
    this.#state = 'pulling'
    for (;;) {
      const frame = source.pull()
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
        if (this.#state === 'over') return loseFrame(arrived, 'the stream was destroyed before it')
        this.#state = 'pulling'
        try {
          if (this.#take(arrived)) this.#goOn()
        } catch (error) {
          this.#fail(error)
        }
      },
      (error) => this.#fail(error),
    )
  }

  /** Takes a frame; `false` if the loop must not go on. */
  #take(frame: AnyFrame | undefined): boolean {
    if (frame === undefined) {
      this.#state = 'over'
      this.push(null)
      return false
    }
    if (isData(frame)) return this.#push(frame.bytes)
    if (isPause(frame)) {
      this.#wait((resume) => whenSettled(frame.until, resume, (error) => this.#fail(error)))
      return false
    }
    if (isFlush(frame)) this.#flush(frame.sent)
    else if (isTrailers(frame)) this.emit('trailers', frame.fields)
    return this.#state === 'pulling' || this.#state === 'wanted'
  }

  #push(bytes: Uint8Array): boolean {
    if (this.push(bytes) || this.#state === 'wanted') {
      if (this.#state === 'over') return false
      this.#state = 'pulling'
      return true
    }
    if (this.#state === 'pulling') this.#state = 'idle'
    return false
  }

  #flush(sent: Receipt | undefined): void {
    if (sent !== undefined) this.#receipts.push(sent)
    this.emit('flush')
    if (this.readableLength === 0) this.#settleReceipts()
  }

  #settleReceipts(): void {
    for (const sent of this.#receipts.splice(0)) settleReceipt(sent)
  }

  #wait(until: (resume: () => void) => void): void {
    this.#state = 'waiting'
    until(() => {
      if (this.#state !== 'waiting') return
      try {
        this.#goOn()
      } catch (error) {
        this.#fail(error)
      }
    })
  }

  #goOn(): void {
    if (this.#source !== undefined) this.#loop(this.#source)
  }

  #fail(error: unknown): void {
    if (this.#state === 'over') return
    this.destroy(errorOf(error))
  }
}

const errorOf = (error: unknown): Error =>
  error instanceof Error // error handling
    ? error
    : new Error('Cannot read the body: found another value thrown than an error', { cause: error })
