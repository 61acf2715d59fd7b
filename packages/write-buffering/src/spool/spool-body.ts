import { BodyError, isData, isPause, isTrailers } from '@sluice/body'
import {
  closeQuietly,
  fromPull,
  isPromiseLike,
  loseFrame,
  onAbort,
  passingTraits,
  pullFrom,
  TurnSampler,
  yieldTurn,
} from '@sluice/body/engine'
import { SpooledFrames } from './spooled-frames.ts'
import type { AnyFrame, Body, Data, Pause } from '@sluice/body'
import type { Pull, Traits } from '@sluice/body/engine'
import type { SpoolLimits } from './spool-options.ts'

/** Of what holds a body: flushes leave between the same bytes as before, but late. */
export const wholeTraits: Traits = { ...passingTraits, holds: 'whole', flush: 'delayed' }

/** A body that has been read to its end and can be read again, once. */
export interface SpooledBody<F extends AnyFrame> {
  readonly body: Body<Exclude<F, Pause> | Data>
  /** The exact number of its bytes. */
  readonly byteLength: number
  /** The frames of the body, for code that has to revoke them from a reader that is not done. */
  readonly frames: SpooledFrames
}

/**
 * Reads a body to its end and holds it. Gives a promise only if it must wait.
 *
 * @param signalOf Called when it must wait. If that signal aborts, reading stops and everything is let go.
 */
export function spoolBody<F extends AnyFrame>(
  body: Body<F>,
  limits: SpoolLimits,
  signalOf: () => AbortSignal | undefined,
): SpooledBody<F> | Promise<SpooledBody<F>>
export function spoolBody(
  body: Body<AnyFrame>,
  limits: SpoolLimits,
  signalOf: () => AbortSignal | undefined,
): SpooledBody<AnyFrame> | Promise<SpooledBody<AnyFrame>> {
  return new Spooling(pullFrom(body), limits, body.byteLength).start(signalOf)
}

class Spooling {
  readonly #source: Pull<AnyFrame>
  readonly #frames: SpooledFrames
  readonly #promisedBytes: number | undefined
  readonly #sampler = new TurnSampler()
  #hasTrailers = false
  #ended = false
  #failing: Promise<never> | undefined

  constructor(source: Pull<AnyFrame>, limits: SpoolLimits, promisedBytes: number | undefined) {
    this.#source = source
    this.#frames = new SpooledFrames(limits)
    this.#promisedBytes = promisedBytes
  }

  start(
    signalOf: () => AbortSignal | undefined,
  ): SpooledBody<AnyFrame> | Promise<SpooledBody<AnyFrame>> {
    try {
      // A body that declares itself too large is not read.
      this.#frames.checkLength(this.#promisedBytes ?? 0)
      const wait = this.#gather()
      return wait === undefined ? this.#held() : this.#wait(wait, signalOf())
    } catch (error) {
      return this.#fail(error)
    }
  }

  #wait(
    first: PromiseLike<unknown>,
    signal: AbortSignal | undefined,
  ): Promise<SpooledBody<AnyFrame>> {
    if (signal === undefined) return this.#goOn(first)
    return new Promise((resolve, reject) => {
      // Does not wait for the loop, nor for the source to close: both may wait for something that never comes.
      const stop = () => {
        stopListening()
        if (this.#failing === undefined) {
          closeQuietly(this.#source)
          this.#failing = this.#letGo(signal.reason)
        }
        this.#failing.then(undefined, reject)
      }
      const stopListening = onAbort(signal, stop)
      this.#goOn(first).then(resolve, reject).then(stopListening)
      if (signal.aborted) stop()
    })
  }

  async #goOn(first: PromiseLike<unknown>): Promise<SpooledBody<AnyFrame>> {
    try {
      let wait: PromiseLike<unknown> | undefined = first
      while (wait !== undefined) {
        await wait
        if (this.#sampler.isTurnOver()) await yieldTurn()
        wait = this.#gather()
      }
      return this.#failing ?? this.#held()
    } catch (error) {
      return this.#fail(error)
    }
  }

  /** Takes frames until one must be waited for, and gives that promise; `undefined` at the end. */
  #gather(): PromiseLike<unknown> | undefined {
    while (!this.#ended && this.#failing === undefined) {
      const pulled = this.#source.pull()
      const wait = isPromiseLike(pulled)
        ? Promise.resolve(pulled).then(this.#take)
        : this.#take(pulled)
      if (wait !== undefined) return wait
      if (this.#sampler.isTurnOver()) return yieldTurn()
    }
    return undefined
  }

  readonly #take = (frame: AnyFrame | undefined): PromiseLike<unknown> | undefined => {
    if (frame === undefined) {
      this.#ended = true
      return undefined
    }
    try {
      if (this.#failing === undefined) return this.#add(frame)
    } catch (error) {
      loseFrame(frame, 'its body could not be held')
      throw error
    }
    loseFrame(frame, 'its body could not be held')
    return undefined
  }

  #add(frame: AnyFrame): PromiseLike<unknown> | undefined {
    if (isData(frame) && frame.bytes.length === 0) return undefined
    if (this.#hasTrailers) throw afterTrailers(frame)
    if (isPause(frame)) return frame.until
    this.#hasTrailers = isTrailers(frame)
    return this.#frames.add(frame)
  }

  #held(): SpooledBody<AnyFrame> {
    const frames = this.#frames
    const { byteLength } = frames
    const promised = this.#promisedBytes ?? byteLength
    // Else a body that broke off would look whole.
    if (byteLength !== promised) throw otherLength(byteLength, promised)
    return { body: fromPull(() => frames, byteLength), byteLength, frames }
  }

  /** Lets everything go once, and rejects every call with the first error. */
  #fail(error: unknown): Promise<never> {
    this.#failing ??= this.#letGo(error, closeQuietly(this.#source))
    return this.#failing
  }

  async #letGo(error: unknown, closing?: Promise<void>): Promise<never> {
    // Revoked and not closed: code that got the body in the same turn must not take this for its end.
    await closeQuietly({ close: () => this.#frames.revoke(error) })
    await closing
    throw error
  }
}

const afterTrailers = (frame: AnyFrame): BodyError =>
  new BodyError(
    'BODY_INVALID',
    `Cannot hold the body: found a ${frame.kind} frame after the trailers, wanted the end`,
  )

const otherLength = (found: number, promised: number): BodyError =>
  new BodyError(
    'LENGTH_MISMATCH',
    `Cannot hold the body: found ${found} bytes, wanted the ${promised} that it promised`,
  )
