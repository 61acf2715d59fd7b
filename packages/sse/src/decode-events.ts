import { reader } from '@sluice/body'
import { CallQueue, checkCount, foundIn } from '@sluice/body/engine'
import { EventParser } from './event-parser.ts'
import type { AnyFrame, Body, Reader } from '@sluice/body'
import type { ReceivedMessage } from './message.ts'

export interface DecodeEventsOptions {
  /** Bytes of the lines of one event, comments and line ends aside, 1 or more; 1 MiB by default. */
  readonly maxEventBytes?: number
  /** The last ID of an earlier stream, if this one continues it; empty by default. */
  readonly lastEventId?: string
}

/** The messages of a stream, and what a client needs to reconnect. */
export interface ReceivedEvents extends AsyncIterableIterator<ReceivedMessage> {
  /** What to send as `Last-Event-ID` when reconnecting; empty for nothing. Kept after the stream has failed. */
  readonly lastEventId: string
  /** Milliseconds before a client should reconnect; `undefined` if the server did not say. May be longer than a timer can be. */
  readonly retryMs: number | undefined
}

/** The default of `collect` too. */
const defaultMaxBytes = 1_048_576

/**
 * Reads an event stream: the messages of a body, for clients.
 *
 * Lines may end in LF, CR or CRLF, and be cut anywhere; a byte order mark at the beginning, comments and unknown fields are
 * ignored, and an event that is unfinished at the end is dropped. A message is returned as soon as it is complete. Holds the lines
 * of one event. Leaving the loop early closes the body, and so does `return()`, even while a message is awaited. Calls of `next()`
 * may overlap: they are answered in order. The messages end, or fail, when the body does.
 *
 * WHATWG HTML 9.2.5 and 9.2.6.
 *
 * @param options.maxEventBytes Bytes, 1 MiB by default.
 * @throws {TypeError} At the call, when `lastEventId` is not a string.
 * @throws {RangeError} At the call, when `maxEventBytes` is not a whole number of 1 or more, or `Infinity`.
 * @throws {BodyError} `BODY_USED`, at the call, when the body has been read before; `BODY_TOO_LARGE`, while reading, when an
 * event has more bytes than `maxEventBytes`.
 *
 * @example
 * ```ts
 * import { toBody } from '@sluice/body'
 * import { decodeEvents } from '@sluice/sse'
 *
 * const found: string[] = []
 * for await (const { event, data } of decodeEvents(toBody('event: tick\ndata: 1\n\ndata: 2\n\n')))
 *   found.push(`${event} ${data}`)
 * if (found.join() !== 'tick 1,message 2') throw new Error(found.join())
 * ```
 */
export const decodeEvents = (
  body: Body<AnyFrame>,
  { maxEventBytes = defaultMaxBytes, lastEventId = '' }: DecodeEventsOptions = {},
): ReceivedEvents => {
  checkCount('maxEventBytes', maxEventBytes, 1)
  if (typeof lastEventId !== 'string')
    throw new TypeError(`Cannot use lastEventId: found ${foundIn(lastEventId)}, wanted a string`)
  return new EventIterator(reader(body), new EventParser(maxEventBytes, lastEventId))
}

/**
 * Overlapping calls of `next()` are answered in order, as by a generator.
 *
 * Unlike a generator's, `return()` closes before the first message, and ends every wait for one.
 */
class EventIterator implements ReceivedEvents {
  readonly #bytes: Reader<AnyFrame>
  readonly #parser: EventParser
  #over = false
  readonly #calls = new CallQueue()
  #wake = (): void => {}

  constructor(bytes: Reader<AnyFrame>, parser: EventParser) {
    this.#bytes = bytes
    this.#parser = parser
  }

  get lastEventId(): string {
    return this.#parser.lastEventId
  }

  get retryMs(): number | undefined {
    return this.#parser.retryMs
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<ReceivedMessage>> {
    return this.#calls.run(() => this.#find())
  }

  async return(): Promise<IteratorResult<ReceivedMessage>> {
    this.#over = true
    this.#wake()
    await this.#bytes.close()
    return { done: true, value: undefined }
  }

  async #find(): Promise<IteratorResult<ReceivedMessage>> {
    try {
      while (!this.#over) {
        const message = this.#parser.next()
        if (message !== undefined) return { done: false, value: message }
        const bytes = await this.#read()
        if (bytes === undefined) break
        this.#parser.feed(bytes)
      }
    } catch (error) {
      if (!this.#over) throw await this.#failed(error)
    }
    this.#over = true
    return { done: true, value: undefined }
  }

  #read(): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      this.#wake = () => resolve(undefined)
      this.#bytes.read().then(resolve, reject)
    })
  }

  async #failed(error: unknown): Promise<unknown> {
    this.#over = true
    // The reader gets the first error, not one of closing.
    await this.#bytes.close().catch(() => {})
    return error
  }
}
