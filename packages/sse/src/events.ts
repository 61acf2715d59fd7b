import { fields } from '@sluice/body'
import { closeQuietly } from '@sluice/body/engine'
import { encodeEvents } from './encode-events.ts'
import { isSource, pullMessages } from './message-source.ts'
import type { FieldsInit } from '@sluice/body'
import type { HttpResponse } from '@sluice/stack'
import type { EncodeEventsOptions } from './encode-events.ts'
import type { MessageSource } from './message-source.ts'

export interface EventsOptions<T = unknown> extends EncodeEventsOptions<T> {
  /** Fields added to those of an event stream, or replacing them. */
  readonly headers?: FieldsInit
}

/**
 * - `no-cache` and not `no-transform`, so that a compressing middleware may compress. `proxyHints()` outside it adds
 *   `no-transform` for proxies.
 * - nginx does not buffer responses with `x-accel-buffering: no`.
 */
const own = [
  ['content-type', 'text/event-stream'],
  ['cache-control', 'no-cache'],
  ['x-accel-buffering', 'no'],
] as const

/**
 * Answers with server-sent events: any (async) iterable of messages, as a response.
 *
 * The stream is that of `encodeEvents`. When the client leaves, the source is closed, at once with `options.client`; a generator
 * that awaits something is closed once that has settled, so pass `client.signal` to what it awaits. Clients reconnect after an end
 * as after a failure, with the ID of the last message that they got: see `lastEventId`. To stop that, answer 204.
 *
 * If the source is a reader of a topic of `@sluice/hub`, `topic.read()`, the client continues where it was cut: see `RESUME.md`.
 *
 * WHATWG HTML section 9.2.
 *
 * @param options.entryEvent Makes the event of an entry; all other options are those of `encodeEvents`.
 * @param options.headers Fields added to the stream's own, or replacing them.
 * @throws {TypeError} At the call, when a field is invalid or the source is not an iterable of messages; the source is then closed.
 * @throws {RangeError} At the call, when an option is out of its bounds; the source is then closed.
 *
 * @example
 * ```ts
 * import { sleep } from '@sluice/pause'
 * import { events, lastEventId } from '@sluice/sse'
 * import type { Handler, HttpRequest } from '@sluice/stack'
 *
 * async function* ticks(request: HttpRequest) {
 *   for (let n = (Number(lastEventId(request)) || 0) + 1; ; n++) {
 *     yield { id: String(n), data: new Date().toISOString() }
 *     await sleep(1000, { signal: request.client.signal })
 *   }
 * }
 *
 * export const app: Handler = (request) =>
 *   events(ticks(request), { retryMs: 2000, client: request.client })
 * ```
 */
export const events = <T>(
  source: MessageSource<T>,
  { headers, ...options }: EventsOptions<T> = {},
): HttpResponse => {
  try {
    let head = fields(headers)
    for (const [name, value] of own) if (!head.has(name)) head = head.withAdded(name, value)
    return { status: 200, headers: head, body: encodeEvents(source, options) }
  } catch (error) {
    // The caller gets no body through which it could close the source.
    if (isSource(source)) closeQuietly({ close: () => pullMessages(source).close() })
    throw error
  }
}
