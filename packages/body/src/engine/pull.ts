import { bodyUsed, claim } from './claim.ts'
import { iteratePull } from './iterate-pull.ts'
import { IteratorPull } from './iterator-pull.ts'
import type { AnyFrame, Body } from '../frames.ts'

/**
 * The pull protocol: how a body is read without a promise a frame.
 *
 * `pull()` gives a frame, `undefined` at the end, or a promise of either only when it must wait. It may throw, or
 * reject; after an error or the end it gives `undefined`. It is not called while a promise of it is pending. `close()`
 * ends the reading early, also while a pull is pending: that pull's outcome is then nobody's. It may be called at any
 * time and again, and does its work once.
 */
export interface Pull<F extends AnyFrame> {
  pull(): F | undefined | PromiseLike<F | undefined>
  close(): void | PromiseLike<void>
  /**
   * Where the source can: the bytes of a frame are the caller's until it pulls again, and may change then, so that a source
   * can read into the same memory again. Called before the first `pull()`, by the reader itself, as `lent` does: who reads a
   * body may keep its bytes.
   */
  lend?(): void
}

/** Where a body offers the pull protocol; the same symbol in every copy of this package. */
export const pulling: unique symbol = Symbol.for('sluice.pull')

/** A body that offers the pull protocol beside its async iterator. */
export interface PullBody<F extends AnyFrame> extends Body<F> {
  [pulling](): Pull<F>
}

/** Tells a promise from a frame, by shape. */
export const isPromiseLike = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof value === 'object' && value !== null && typeof thenOf(value) === 'function'

/** A look-up, which is remembered by shape for more shapes than `in` is: this is asked of every frame and response. */
const thenOf = (value: { readonly then?: unknown }): unknown => value.then

const offersPull = <F extends AnyFrame>(body: Body<F>): body is PullBody<F> => pulling in body

/**
 * Starts the one reading of a body.
 *
 * Takes the pull protocol where the body offers it and wraps the async iterator where it does not; what such a one
 * yields is checked to be a frame. Nothing is asked of the source before the first `pull()`.
 *
 * @throws {BodyError} `BODY_USED`, at the call, when the body has been read before; `BODY_INVALID`, while reading, when
 * something is not a frame.
 *
 * @example
 * ```ts
 * import { toBody } from '@sluice/body'
 * import { pullFrom } from '@sluice/body/engine'
 *
 * const source = pullFrom(toBody('hello'))
 * const frame = await source.pull()
 * if (frame?.kind !== 'data') throw new Error('no data')
 * await source.close()
 * ```
 */
export const pullFrom = <F extends AnyFrame>(body: Body<F>): Pull<F> => {
  if (offersPull(body)) return body[pulling]()
  claim(body)
  return new IteratorPull(body[Symbol.asyncIterator]())
}

/**
 * Closes a body that nobody will read, so that what it holds is let go.
 *
 * Does nothing to a body that is being read: closing is its reader's task.
 *
 * @example
 * ```ts
 * import { closeBody, toBody } from '@sluice/body'
 *
 * await closeBody(toBody('never sent'))
 * ```
 */
export const closeBody = async (body: Body<AnyFrame>): Promise<void> => {
  let source: Pull<AnyFrame>
  try {
    source = pullFrom(body)
  } catch {
    return
  }
  await source.close()
}

/**
 * Makes a body from the pull protocol.
 *
 * `start` is called once, when the reading starts; it should hold nothing before its first `pull()`.
 *
 * @param byteLength Bytes of data to come, where known.
 *
 * @example
 * ```ts
 * import { readText } from '@sluice/body'
 * import { fromPull } from '@sluice/body/engine'
 * import type { Data } from '@sluice/body'
 *
 * const body = fromPull<Data>(() => {
 *   let left = 3
 *   return {
 *     pull: () => (left-- > 0 ? { kind: 'data', bytes: Uint8Array.of(97) } : undefined),
 *     close() {},
 *   }
 * })
 * if ((await readText(body)) !== 'aaa') throw new Error('not read')
 * ```
 */
export const fromPull = <F extends AnyFrame>(
  start: () => Pull<F>,
  byteLength?: number,
): PullBody<F> => new PulledBody(start, byteLength)

class PulledBody<F extends AnyFrame> implements PullBody<F> {
  readonly byteLength: number | undefined
  #start: (() => Pull<F>) | undefined

  constructor(start: () => Pull<F>, byteLength: number | undefined) {
    this.#start = start
    this.byteLength = byteLength
  }

  [pulling](): Pull<F> {
    const start = this.#start
    if (start === undefined) throw bodyUsed()
    this.#start = undefined
    return start()
  }

  [Symbol.asyncIterator](): AsyncIterator<F> {
    return iteratePull(this[pulling]())
  }
}
