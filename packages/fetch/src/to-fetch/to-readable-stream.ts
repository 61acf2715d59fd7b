import {
  checkSignal,
  closeQuietly,
  isPromiseLike,
  nextTurn,
  noBytes,
  nothing,
  onAbort,
  pullFrom,
} from '@sluice/body/engine'
import { clientGone } from '@sluice/stack/host'
import { Chunks } from './chunks.ts'
import type { AnyFrame, Body, Bytes } from '@sluice/body'
import type { Gathered } from './chunks.ts'

export interface ReadableStreamOptions {
  /** None by default. */
  readonly signal?: AbortSignal
}

/**
 * A web stream of the data of a body, as for an upload by `fetch`.
 *
 * Nothing is pulled before the stream is read. A chunk holds what is there at once: it ends at a flush, at a pause, with 64 KiB or
 * more, or if the body gives nothing more in this turn of the event loop. Pauses are waited for. The receipt of a flush is called
 * when the bytes before it were read and more is asked for; it gets `FLUSH_LOST` if the stream is cancelled before. Trailers are
 * lost: a web stream has none.
 *
 * Cancelling the stream closes the body once. An error of the body is the error of the stream.
 *
 * @param options.signal Closes the body when it aborts; its reason is then the error of the stream. For uploads: the `fetch` of Node
 * goes on reading a stream after the connection was lost.
 * @throws {TypeError} At the call, if `signal` is not an `AbortSignal`.
 * @throws {BodyError} `BODY_USED`, at the call, if the body has been read. While reading, `LENGTH_MISMATCH` if the body gives more or
 * fewer bytes than its `byteLength`, and `BODY_INVALID` if it gives anything but frames.
 *
 * @example
 * ```ts
 * import { toBody } from '@sluice/body'
 * import { toReadableStream } from '@sluice/fetch'
 *
 * const stream = toReadableStream(toBody(['one, ', 'two']))
 * if ((await new Response(stream).text()) !== 'one, two') throw new Error('not joined')
 * ```
 */
export const toReadableStream = (
  body: Body<AnyFrame>,
  { signal }: ReadableStreamOptions = {},
): ReadableStream<Bytes> => {
  if (signal !== undefined) checkSignal(signal)
  const chunks = new Chunks(pullFrom(body), body.byteLength)
  return streamOf(chunks, signal === undefined ? noEvents : closesOn(signal, chunks))
}

/** Closes the chunks if the signal aborts before the stream has ended. */
const closesOn = (signal: AbortSignal, chunks: Chunks): StreamEvents => {
  const aborted = (reason: unknown) => {
    closeQuietly({ close: () => chunks.close(reason) })
  }
  const stop = signal.aborted ? nothing : onAbort(signal, aborted)
  if (signal.aborted) aborted(signal.reason)
  return {
    ended: stop,
    failed: stop,
    cancelled(_, reason) {
      stop()
      return noEvents.cancelled(chunks, reason)
    },
  }
}

/** What a host hears of the stream. Each stream ends in one of three ways. */
export interface StreamEvents {
  /** All of it was read. */
  ended(): void
  failed(error: unknown): void
  /** Has to close the chunks. */
  cancelled(chunks: Chunks, reason: unknown): void | PromiseLike<void>
}

export const noEvents: StreamEvents = {
  ended() {},
  failed() {},
  cancelled: (chunks, reason) => chunks.close(clientGone(reason)),
}

/** Nothing is asked of the chunks before the stream is read. */
export const streamOf = (
  chunks: Chunks,
  events: StreamEvents,
  first?: Gathered,
): ReadableStream<Bytes> => new ReadableStream(new ChunkSource(chunks, events, first), onDemand)

const onDemand = { highWaterMark: 0 }

class ChunkSource {
  readonly #chunks: Chunks
  readonly #events: StreamEvents
  /** What was gathered before there was a stream. */
  #first: Gathered
  #isCancelled = false

  constructor(chunks: Chunks, events: StreamEvents, first: Gathered) {
    this.#chunks = chunks
    this.#events = events
    this.#first = first
  }

  pull(controller: ReadableStreamDefaultController<Bytes>): void | Promise<void> {
    const first = this.#first
    if (first !== undefined) {
      this.#first = undefined
      return this.#give(first === 'begun' ? noBytes : first, controller)
    }
    try {
      const chunk = this.#chunks.next()
      if (!isPromiseLike(chunk)) return this.#give(chunk, controller)
      return chunk.then(
        (arrived) => this.#give(arrived, controller),
        (error) => this.#fail(error),
      )
    } catch (error) {
      return this.#fail(error)
    }
  }

  cancel(reason: unknown): void | PromiseLike<void> {
    this.#isCancelled = true
    return this.#events.cancelled(this.#chunks, reason)
  }

  #give(chunk: Gathered, controller: ReadableStreamDefaultController<Bytes>): void {
    if (this.#isCancelled) return
    if (chunk !== undefined && chunk !== 'begun') controller.enqueue(chunk)
    if (!this.#chunks.isOver) return
    controller.close()
    this.#events.ended()
  }

  /**
   * What is thrown becomes the error of the stream. A turn later: a host that has just written a chunk may not have sent it, and
   * destroys the connection.
   */
  async #fail(error: unknown): Promise<never> {
    if (!this.#isCancelled) this.#events.failed(error)
    await nextTurn()
    throw error
  }
}
