import { BodyError } from './body-error.ts'
import type { AnyFrame, Body } from './frames.ts'

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
}

/** Where a body offers the pull protocol; the same symbol in every copy of this package. */
export const pulling: unique symbol = Symbol.for('sluice.pull')

/** A body that offers the pull protocol beside its async iterator. */
export interface PullBody<F extends AnyFrame> extends Body<F> {
  [pulling](): Pull<F>
}

/** Tells a promise from a frame, by shape. */
export const isPromiseLike = <T>(value: T | PromiseLike<T>): value is PromiseLike<T> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

const offersPull = <F extends AnyFrame>(body: Body<F>): body is PullBody<F> => pulling in body

/** Bodies without the pull protocol that have been read: a generator cannot tell by itself. */
const read = new WeakSet<object>()

/**
 * Starts the one reading of a body.
 *
 * Takes the pull protocol where the body offers it and wraps the async iterator where it does not. Nothing is asked of
 * the source before the first `pull()`.
 *
 * @throws {BodyError} `BODY_USED`, at the call, when the body has been read before.
 *
 * @example
 * ```ts
 * import { pullFrom, toBody } from '@sluice/body'
 *
 * const source = pullFrom(toBody('hello'))
 * const frame = await source.pull()
 * if (frame?.kind !== 'data') throw new Error('no data')
 * await source.close()
 * ```
 */
export const pullFrom = <F extends AnyFrame>(body: Body<F>): Pull<F> => {
  if (offersPull(body)) return body[pulling]()
  if (read.has(body)) throw bodyUsed()
  read.add(body)
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
 * import { fromPull, text } from '@sluice/body'
 * import type { Data } from '@sluice/body'
 *
 * const body = fromPull<Data>(() => {
 *   let left = 3
 *   return {
 *     pull: () => (left-- > 0 ? { kind: 'data', bytes: Uint8Array.of(97) } : undefined),
 *     close() {},
 *   }
 * })
 * if ((await text(body)) !== 'aaa') throw new Error('not read')
 * ```
 */
export const fromPull = <F extends AnyFrame>(
  start: () => Pull<F>,
  byteLength?: number,
): PullBody<F> => new PulledBody(start, byteLength)

/** The async iterator over a pull. Unlike a generator's, its `return()` does not wait for a pending `next()`. */
export const iteratePull = <F extends AnyFrame>(source: Pull<F>): AsyncIterableIterator<F> =>
  new PullIterator(source)

const bodyUsed = () =>
  new BodyError('BODY_USED', 'Cannot read the body: it has been read before, a body has one reader')

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

class IteratorPull<F extends AnyFrame> implements Pull<F> {
  readonly #iterator: AsyncIterator<F>
  #over = false

  constructor(iterator: AsyncIterator<F>) {
    this.#iterator = iterator
  }

  readonly #arrived = (result: IteratorResult<F>): F | undefined => {
    if (result.done !== true) return result.value
    this.#over = true
    return undefined
  }

  readonly #failed = (error: unknown): never => {
    this.#over = true
    throw error
  }

  pull(): F | undefined | PromiseLike<F | undefined> {
    return this.#over ? undefined : this.#iterator.next().then(this.#arrived, this.#failed)
  }

  async close(): Promise<void> {
    if (this.#over) return
    this.#over = true
    await this.#iterator.return?.()
  }
}

class PullIterator<F extends AnyFrame> implements AsyncIterableIterator<F> {
  readonly #source: Pull<F>
  #pending: Promise<IteratorResult<F>> | undefined
  #over = false

  constructor(source: Pull<F>) {
    this.#source = source
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<F> {
    return this
  }

  next(): Promise<IteratorResult<F>> {
    const before = this.#pending
    const step = () => this.#step()
    const pending = before === undefined ? step() : before.then(step, step)
    const settled = () => {
      if (this.#pending === pending) this.#pending = undefined
    }
    this.#pending = pending
    pending.then(settled, settled)
    return pending
  }

  async return(): Promise<IteratorResult<F>> {
    this.#over = true
    await this.#source.close()
    return { done: true, value: undefined }
  }

  async #step(): Promise<IteratorResult<F>> {
    if (this.#over) return { done: true, value: undefined }
    try {
      const frame = await this.#source.pull()
      if (frame !== undefined && !this.#over) return { done: false, value: frame }
      this.#over = true
      return { done: true, value: undefined }
    } catch (error) {
      this.#over = true
      throw error
    }
  }
}
