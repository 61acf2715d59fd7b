import { BodyError } from '../body-error.ts'
import { bodyUsed, claim } from './claim.ts'
import { nothing } from './deferred.ts'
import { nextTurn } from './next-turn.ts'
import type { AnyIterator, AnyResult } from './iterators.ts'

/** A Node `Readable`, by shape, so that this package imports nothing of Node. */
export interface NodeReadable {
  read(size?: number): unknown
  pipe(...to: never[]): unknown
  on(event: string, listener: (reason?: unknown) => void): unknown
  off(event: string, listener: (reason?: unknown) => void): unknown
  destroy(): unknown
  readonly readableEnded?: boolean
  /** Bytes, or objects, that are buffered. */
  readonly readableLength?: number
  readonly readableHighWaterMark?: number
  readonly readableObjectMode?: boolean
  readonly destroyed?: boolean
  readonly closed?: boolean
  readonly errored?: unknown
}

const events = ['readable', 'end', 'close'] as const

/**
 * Reads a Node `Readable` by `read()`, so that what is buffered costs no promise.
 *
 * Listens to `error` from the call on, since an error may come before the reading starts and would then have no listener;
 * to the other events only while it waits. Returning early, or an error, destroys the stream; events after that are ignored.
 *
 * From the first read to the end it has a listener of `readable`, so that `resume()` does not make the stream flow: when a child process
 * exits, Node calls that of its streams, and what they have buffered would be lost.
 */
export const readableIterator = (stream: NodeReadable): (() => AnyIterator) => {
  const iterator = new ReadableIterator(stream)
  return () => {
    claim(stream)
    // Other code has read it to its end: it is not an empty body.
    if (stream.readableEnded === true) throw bodyUsed()
    return iterator
  }
}

class ReadableIterator implements AnyIterator {
  readonly #stream: NodeReadable
  #failure: { readonly error: unknown } | undefined
  /** Ends the wait, if there is one. */
  #wake: (() => void) | undefined
  #isReading = false

  constructor(stream: NodeReadable) {
    this.#stream = stream
    stream.on('error', this.#onError)
  }

  next(): AnyResult | PromiseLike<AnyResult> {
    if (!this.#isReading) this.#begin()
    return this.#nextNow() ?? this.#nextLater()
  }

  return(): void {
    this.#leave()
  }

  #begin(): void {
    this.#isReading = true
    this.#stream.on('readable', nothing)
  }

  readonly #onError = (error: unknown): void => {
    this.#failure ??= { error }
    this.#wake?.()
  }

  readonly #forget = (): void => {
    this.#stream.off('readable', nothing)
    this.#stream.off('error', this.#onError)
    this.#stream.off('close', this.#forget)
  }

  /** Keeps listening until the stream is closed: without a listener, an error that comes before would end the process. */
  #leave(): void {
    // `closed` becomes true before the events are emitted.
    if (this.#stream.closed === true) nextTurn().then(this.#forget)
    else this.#stream.on('close', this.#forget)
    // Some streams discard what is left in place of being destroyed: with this listener they would not flow.
    this.#stream.off('readable', nothing)
    this.#stream.destroy()
    this.#wake?.()
  }

  #nextNow(): AnyResult | undefined {
    const stream = this.#stream
    if (this.#failure === undefined && stream.readableEnded === true) {
      this.#forget()
      return { done: true }
    }
    if (this.#failure === undefined && stream.destroyed !== true) {
      const value = readFrom(stream)
      if (value !== null) return { value }
    }
    // Reading may have made the stream fail.
    const failure = this.#failure
    // Nothing yet. If the stream was destroyed, the reason may be on its way.
    if (failure === undefined && (stream.destroyed !== true || stream.closed === false))
      return undefined
    this.#leave()
    throw failure === undefined ? (stream.errored ?? endedEarly()) : failure.error
  }

  async #nextLater(): Promise<AnyResult> {
    for (;;) {
      await this.#wait()
      const result = this.#nextNow()
      if (result !== undefined) return result
    }
  }

  #wait(): Promise<void> {
    const stream = this.#stream
    return new Promise((resolve) => {
      const wake = () => {
        this.#wake = undefined
        for (const event of events) stream.off(event, wake)
        resolve()
      }
      this.#wake = wake
      for (const event of events) stream.on(event, wake)
    })
  }
}

/**
 * Reads what is buffered, and makes the stream buffer the next chunk if it has one at once.
 *
 * After a `read()` of an empty buffer, Node emits `readable` for each chunk in a turn of its own (`needReadable` in its
 * lib/internal/streams/readable.js). After a `read()` of a buffered chunk it does not, so one chunk is kept buffered. If the
 * stream always has its next chunk at once, that saves a turn for each chunk.
 */
const readFrom = (stream: NodeReadable): unknown => {
  const { readableLength = 0, readableHighWaterMark = 0 } = stream
  // Asking for more than the mark would raise it; asking without a length would also join what arrives meanwhile.
  if (readableLength > 0 && readableLength <= readableHighWaterMark)
    return stream.read(readableLength)
  const value = stream.read()
  const isSmall = ArrayBuffer.isView(value) && value.byteLength <= readableHighWaterMark
  if (stream.readableLength === 0 && (isSmall || (value !== null && stream.readableObjectMode)))
    stream.read(0)
  return value
}

const endedEarly = () =>
  new BodyError('BODY_ENDED_EARLY', 'Cannot read the stream: it was closed before its end')
