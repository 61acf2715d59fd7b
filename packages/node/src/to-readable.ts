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
import type { AnyFrame, Body, BodyError, Flush, Receipt, Trailers } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'

/**
 * Makes a Node `Readable` of a body, for libraries that take one.
 *
 * Nothing is pulled before the stream is read. A flush is the event `flush`, and trailers are the event `trailers` with their
 * `Fields`. Both come when the data before them was taken from the stream, and the receipt of a flush is settled then; nothing is
 * pulled until then. Code that does not listen loses nothing but the hint. A pause delays what comes after it. An error of the body
 * destroys the stream. Destroying the stream closes the body, once, also if it was never read.
 *
 * @throws {BodyError} As the event `error`: `BODY_USED` if the body has been read before; `BODY_INVALID` if it yields what is not a frame.
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
  /** Waits until the data before it was taken. */
  #held: Flush | Trailers | undefined
  #sent: Receipt | undefined
  #passesSoon = false
  /** `wanted`: asked for more inside `push`. */
  #state: 'idle' | 'pulling' | 'wanted' | 'waiting' | 'over' = 'idle'

  constructor(body: Body<AnyFrame>) {
    super()
    this.#body = body
  }

  override read(size?: number): unknown {
    const chunk: unknown = super.read(size)
    if (this.#held !== undefined && this.readableLength === 0) this.#passHeldSoon()
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
    this.#held = undefined
    if (this.#sent !== undefined) this.#settleReceipt(flushLost())
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
    if (isFlush(frame) || isTrailers(frame)) return this.#hold(frame)
    return true
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

  #hold(frame: Flush | Trailers): boolean {
    this.#held = frame
    if (isFlush(frame)) this.#sent = frame.sent
    if (this.readableLength === 0 && this.readableFlowing === true) {
      this.#passHeld()
      return this.#state === 'pulling' || this.#state === 'wanted'
    }
    this.#state = 'waiting'
    if (this.readableLength === 0) this.#passHeldSoon()
    return false
  }

  /** All data was taken. A reader that is given it by `read` has it only after that has returned. */
  #passHeldSoon(): void {
    this.#settleReceipt()
    if (this.#passesSoon) return
    const pass = () => {
      this.#passesSoon = false
      if (this.#held === undefined) return
      this.#passHeld()
      this.#resume()
    }
    if (this.readableFlowing === true) return pass()
    this.#passesSoon = true
    setImmediate(pass)
  }

  #passHeld(): void {
    const frame = this.#held
    this.#held = undefined
    if (frame === undefined) return
    this.#settleReceipt()
    if (isTrailers(frame)) this.emit('trailers', frame.fields)
    else this.emit('flush')
  }

  #settleReceipt(lost?: BodyError): void {
    const sent = this.#sent
    this.#sent = undefined
    settleReceipt(sent, lost)
  }

  #wait(until: (resume: () => void) => void): void {
    this.#state = 'waiting'
    until(() => this.#resume())
  }

  #resume(): void {
    if (this.#state !== 'waiting') return
    try {
      this.#goOn()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** What has come was waited for: its promise may have been settled already. */
  #goOn(): void {
    if (this.#sampler.isTurnOver()) this.#wait(yieldTurnThen)
    else if (this.#source !== undefined) this.#loop(this.#source)
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
