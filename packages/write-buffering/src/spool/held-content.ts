import { BodyError, isData, isPause, isTrailers } from '@sluice/body'
import {
  fromPull,
  isPromiseLike,
  loseFrame,
  passingTraits,
  pullFrom,
  TurnSampler,
  yieldTurn,
} from '@sluice/body/engine'
import { HeldBody } from './held-reader.ts'
import type { AnyFrame, Body, Data, Pause } from '@sluice/body'
import type { Pull, Traits } from '@sluice/body/engine'
import type { SpoolLimits } from './spool-options.ts'

/** Of what holds a body: flushes leave between the same bytes as before, but late. */
export const wholeTraits: Traits = { ...passingTraits, holds: 'whole', flush: 'delayed' }

/** A body that has been read to its end and can be read again, once. */
export interface Held<F extends AnyFrame> {
  readonly body: Body<Exclude<F, Pause> | Data>
  /** The exact number of its bytes. */
  readonly byteLength: number
  /** What stands behind the body, for whoever has to take it away from a reader that is not done. */
  readonly frames: HeldBody
}

/**
 * Reads a body to its end and holds it; gives a promise only when it must wait.
 *
 * @param signalOf Asked for a signal when it must wait; when that aborts, reading stops and everything is let go.
 */
export function hold<F extends AnyFrame>(
  body: Body<F>,
  limits: SpoolLimits,
  signalOf: () => AbortSignal | undefined,
): Held<F> | Promise<Held<F>>
export function hold(
  body: Body<AnyFrame>,
  limits: SpoolLimits,
  signalOf: () => AbortSignal | undefined,
): Held<AnyFrame> | Promise<Held<AnyFrame>> {
  return new Holding(pullFrom(body), limits, body.byteLength).start(signalOf)
}

class Holding {
  readonly #source: Pull<AnyFrame>
  readonly #frames: HeldBody
  readonly #promisedBytes: number | undefined
  readonly #sampler = new TurnSampler()
  #hasTrailers = false
  #ended = false
  #failing: Promise<never> | undefined

  constructor(source: Pull<AnyFrame>, limits: SpoolLimits, promisedBytes: number | undefined) {
    this.#source = source
    this.#frames = new HeldBody(limits)
    this.#promisedBytes = promisedBytes
  }

  start(signalOf: () => AbortSignal | undefined): Held<AnyFrame> | Promise<Held<AnyFrame>> {
    try {
      // What says itself that it is too large need not be read.
      this.#frames.checkLength(this.#promisedBytes ?? 0)
      const wait = this.#gather()
      return wait === undefined ? this.#held() : this.#wait(wait, signalOf())
    } catch (error) {
      return this.#fail(error)
    }
  }

  #wait(first: PromiseLike<unknown>, signal: AbortSignal | undefined): Promise<Held<AnyFrame>> {
    if (signal === undefined) return this.#goOn(first)
    return new Promise((resolve, reject) => {
      // Beside the loop, which may be waiting for something that never comes. For the same reason the source's closing is
      // not waited for: a generator's comes after what it awaits.
      const stop = () => {
        if (this.#failing === undefined) {
          settled(() => this.#source.close())
          this.#failing = this.#letGo(signal.reason)
        }
        this.#failing.then(undefined, reject)
      }
      signal.addEventListener('abort', stop, { once: true })
      this.#goOn(first)
        .then(resolve, reject)
        .then(() => signal.removeEventListener('abort', stop))
      if (signal.aborted) stop()
    })
  }

  async #goOn(first: PromiseLike<unknown>): Promise<Held<AnyFrame>> {
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

  /** Takes what is there at once; gives what has to be waited for, or `undefined` when there is nothing more to take. */
  #gather(): PromiseLike<unknown> | undefined {
    while (!this.#ended && this.#failing === undefined) {
      const pulled = this.#source.pull()
      const wait = isPromiseLike(pulled) ? pulled.then(this.#take) : this.#take(pulled)
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

  #held(): Held<AnyFrame> {
    const frames = this.#frames
    const { byteLength } = frames
    const promised = this.#promisedBytes ?? byteLength
    // Else a body that broke off would look whole from here on.
    if (byteLength !== promised) throw otherLength(byteLength, promised)
    return { body: fromPull(() => frames, byteLength), byteLength, frames }
  }

  /** Lets everything go, once, and gives the first error to all who ask. */
  #fail(error: unknown): Promise<never> {
    this.#failing ??= this.#letGo(
      error,
      settled(() => this.#source.close()),
    )
    return this.#failing
  }

  async #letGo(error: unknown, closing?: Promise<void>): Promise<never> {
    // Revoked and not closed: whoever has been given the body in the same turn must not take this for its end.
    await settled(() => this.#frames.revoke(error))
    await closing
    throw error
  }
}

/** Runs a closing; what goes wrong in it does not hide why it was closed. */
const settled = async (close: () => void | PromiseLike<void>): Promise<void> => {
  try {
    await close()
  } catch {}
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
