import { checkBody } from './check-body.ts'
import { bodyUsed, claim } from './claim.ts'
import { iteratePull } from './iterate-pull.ts'
import { pullOfFrames } from './pull-of-frames.ts'
import type { AnyFrame, Body } from '../frames.ts'

// The pull protocol: how our packages read a body. A frame that is there at once costs no promise.
//
// `pullFrom(body)` starts the one reading of a body and returns its `Pull`. The reader calls `pull()` for one frame after another.
// A filter is a reader of its source and a `Pull` for its own reader, so calls run from the reader to the source and frames come
// back. `toBody` and `fromPull` make bodies that offer the protocol; `IteratorPull` adapts any iterator to it; `iteratePull` adapts
// it to `for await`.
//
// Promised to the reader: frames come in order. `undefined` is the end, and every later pull returns it again. An error is thrown
// if it is there at once and rejects the promise otherwise; after it every pull returns `undefined`. A source that gives no frame
// for long yields to the event loop by itself.
//
// Asked of the reader: it does not call `pull()` while a promise of it is pending. It closes what it does not read to the end.
//
// `close()` may be called at any time and again, also by code that the source runs inside `pull()`. It closes the source once. A
// pull that is then pending settles with `undefined`, and a frame that still arrives is disposed of by `loseFrame`.
//
// A promise may be any thenable, also one whose `then` returns nothing: code chains on `Promise.resolve(promise)`, which costs nothing
// for a native promise. Otherwise what `then` returned would pass for the end.

/** What a pull returns: a frame, `undefined` at the end, or a promise of either if there is something to wait for. */
export type Pulled<F> = F | undefined | PromiseLike<F | undefined>

/** One reading of a body. The protocol is described at the top of this file. */
export interface Pull<F extends AnyFrame> {
  pull(): Pulled<F>
  close(): void | PromiseLike<void>
  /**
   * Optional: `pull()` followed by `next`, without a promise between them. A frame that is there at once is returned and does
   * not go to `next`; otherwise the promise resolves to what `next` returns. So a chain of filters needs no more promises for an
   * awaited frame than its source alone.
   */
  pullThen?(next: PullNext<F>): Pulled<F>
  /**
   * Optional: `true` if a pull has to wait only for what is not there yet, such as an event. The reader may then send at once what it
   * has. An async iterator gives a promise even for what is there.
   */
  readonly isPrompt?: boolean
  /**
   * Optional: from now on the bytes of a frame are valid only until the next `pull()`, so that the source can read into the same
   * memory again. An upload that is hashed then allocates nothing. After `close()` the source leaves them as they are. Called before
   * the first `pull()`, and only if the code that reads agreed to it, as by `lent`: readers of a body may keep its bytes.
   */
  lend?(): void
  /**
   * Optional: takes the whole content, if it is there at once, has this many bytes, and nothing was pulled. Otherwise it returns
   * `undefined` and changes nothing. A text is ASCII: the server adds it to the text of the head and encodes both at once,
   * which is faster.
   *
   * Without `byteLength` any length is taken, and a text may have any characters: it is not encoded to count its bytes. For hosts that
   * take texts, and count by themselves.
   */
  whole?(byteLength?: number): Uint8Array | string | undefined
}

/** The continuation of `pullThen`: receives what had to be waited for. Its methods may throw. */
export interface PullNext<F extends AnyFrame> {
  arrived(frame: F | undefined): Pulled<F>
  failed(error: unknown): Pulled<F>
}

/** The method of a body that offers the pull protocol. The symbol is the same in every copy of this package. */
export const pulling: unique symbol = Symbol.for('sluice.pull')

/** A body that offers the pull protocol beside its async iterator. */
export interface PullBody<F extends AnyFrame> extends Body<F> {
  /** Optional: `true` if none of its frames is a pause. What is only for pauses may then be left out. */
  readonly neverPauses?: boolean
  [pulling](): Pull<F>
}

/** Tells a promise from a frame, by shape. */
export const isPromiseLike = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof value === 'object' && value !== null && typeof thenOf(value) === 'function'

/** Not by `in`: V8 caches a property read for more shapes, and this is asked of every frame and response. */
const thenOf = (value: { readonly then?: unknown }): unknown => value.then

const offersPull = <F extends AnyFrame>(body: Body<F>): body is PullBody<F> => pulling in body

/**
 * Starts the one reading of a body.
 *
 * If the body does not offer the pull protocol, its async iterator is adapted, and what that yields is checked to be a frame.
 * Nothing is asked of the source before the first `pull()`.
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
  // A string, for example: `in` fails otherwise.
  if (typeof body !== 'object') checkBody(body)
  if (offersPull(body)) return body[pulling]()
  checkBody(body)
  claim(body)
  return pullOfFrames(body[Symbol.asyncIterator]())
}

/** Pulls by `pullThen`, or by `pull` and `then` if the source does not offer that. */
export const pullThen = <F extends AnyFrame>(source: Pull<F>, next: PullNext<F>): Pulled<F> => {
  if (source.pullThen !== undefined) return source.pullThen(next)
  const pulled = source.pull()
  if (!isPromiseLike(pulled)) return pulled
  return Promise.resolve(pulled).then(
    (frame) => next.arrived(frame),
    (error) => next.failed(error),
  )
}

/**
 * Closes a body that will not be read, so that it frees what it holds.
 *
 * Does nothing to a body that is being read: its reader closes it.
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
 * @param byteLength Bytes of data to come, if known.
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
