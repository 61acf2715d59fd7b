import { data } from '@sluice/body'
import { checkCallback, checkInterval, encodeText, fromPull, signalOf } from '@sluice/body/engine'
import { heartbeat } from '@sluice/pause'
import { checkRetry } from './check-retry.ts'
import { clientSignals, EventStreamPull } from './event-stream-pull.ts'
import { itemEncoder } from './log-item.ts'
import { checkSource, neverPauses, pullMessages } from './message-source.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { StreamClient } from './event-stream-pull.ts'
import type { EntryEvent } from './log-item.ts'
import type { EventMessage } from './message.ts'
import type { MessageSource } from './message-source.ts'

export interface EncodeEventsOptions<T = unknown> {
  /** Milliseconds before a client reconnects, sent first of all. By default the client decides: some seconds. */
  readonly retryMs?: number
  /** Milliseconds of quiet, or of a pause, after which a heartbeat is sent, 1 or more; `Infinity` for never, 15,000 by default. */
  readonly heartbeatMs?: number
  /**
   * Ends the stream, and closes the source, when this client has gone or its server begins to close. Without it, a client that has
   * gone may be noticed only when the next heartbeat is sent.
   */
  readonly client?: StreamClient
  /**
   * The event that is sent when the stream fails. By default it is named `failure`, and does not describe the error. Return
   * `undefined` to send none.
   */
  readonly errorEvent?: (error: unknown) => EventMessage | undefined
  /**
   * The event of an entry, if the source is a reader of a log, such as `topic.read()` of `@sluice/hub`: `{ event, data }`, or its data.
   * Its id is the entry's. By default its data is the value: a string as it is, bytes as UTF-8, anything else as JSON.
   *
   * Define the function once and pass the same one to every stream: it is then called once per entry, not once per stream.
   */
  readonly entryEvent?: EntryEvent<T>
}

/** WHATWG HTML 9.2.7: "a comment line every 15 seconds or so", against proxies that drop quiet connections. */
const defaultHeartbeatMs = 15_000

/**
 * A comment. With an empty line, which the grammar does not require: some clients read only the first line of a block.
 *
 * Sent from two places: while the source is quiet, by `EventStreamPull`; in its pauses, by `heartbeat` of `@sluice/pause`.
 */
const heartbeatFrame = data(encodeText(':\n\n'))

/**
 * Makes a body of messages: an event stream.
 *
 * Each message is one data frame. Items of a log, such as a topic of `@sluice/hub`, are messages with ids; other frames of the source
 * pass as they are. The first frame is a flush, which sends the head, so that a client knows that it is connected. Another follows
 * each burst, when the source has nothing more at once. While the source is quiet, and in its pauses, a heartbeat keeps the
 * connection alive: a comment, which clients ignore.
 *
 * When the source or one of its pauses fails, or a message cannot be encoded, the client gets an event, and then the body fails
 * with the error: on the wire it does not look like an end. Stopping early closes the source. Holds nothing.
 *
 * @param options.retryMs Milliseconds, 0 or more; not `Infinity`, since clients read digits.
 * @param options.heartbeatMs Milliseconds, 15,000 by default.
 * @param options.entryEvent The event of an entry of a log, called once for each entry and function; its value as data by default.
 * @throws {TypeError} At the call, when the source is not an iterable of messages, `errorEvent` not a function, or `client`
 * without its signals; while reading, when a message is invalid. If the call throws, the source is not touched.
 * @throws {RangeError} At the call, when `retryMs` or `heartbeatMs` is out of its bounds.
 *
 * @example
 * ```ts
 * import { readText } from '@sluice/body'
 * import { encodeEvents } from '@sluice/sse'
 *
 * const stream = await readText(encodeEvents(['hello', { event: 'tick', data: '1' }]))
 * if (stream !== 'data: hello\n\nevent: tick\ndata: 1\n\n') throw new Error(stream)
 * ```
 */
export function encodeEvents<T>(source: MessageSource<T>, options?: EncodeEventsOptions<T>): Body
export function encodeEvents(
  source: MessageSource,
  options: EncodeEventsOptions = {},
): Body<AnyFrame> {
  const { retryMs, heartbeatMs = defaultHeartbeatMs, client, errorEvent = streamFailed } = options
  checkSource(source)
  if (retryMs !== undefined) checkRetry('Cannot use retryMs', retryMs)
  const intervalMs = checkInterval('heartbeatMs', heartbeatMs)
  checkCallback('errorEvent', errorEvent)
  if (options.entryEvent !== undefined) checkCallback('entryEvent', options.entryEvent)
  if (client !== undefined) for (const name of clientSignals) signalOf(client, name)
  const streamOptions = {
    retryMs,
    errorEvent,
    heartbeat: heartbeatFrame,
    quietMs: intervalMs,
    client,
    encode: itemEncoder(options.entryEvent),
  }
  const frames = fromPull(() => new EventStreamPull(pullMessages(source), streamOptions))
  // A filter costs a tenth of what a message costs to many streams.
  if (neverPauses(source)) return frames
  const inPauses = intervalMs === defaultHeartbeatMs ? defaultHeartbeat : heartbeatOf(intervalMs)
  return inPauses(frames)
}

const heartbeatOf = (everyMs: number) => heartbeat({ everyMs, bytes: heartbeatFrame.bytes })

/** Made once and shared by all streams with the default interval. */
const defaultHeartbeat = heartbeatOf(defaultHeartbeatMs)

/** Not named `error`: listeners of `error` of an `EventSource` also hear of each broken connection, which has no `data`. */
const streamFailed = (): EventMessage => ({ event: 'failure', data: 'The stream failed.' })
