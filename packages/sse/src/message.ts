/** A message to send. Without `data` the client fires no event, but still takes `id` and `retry`. */
export interface EventMessage {
  /** Any text; CR, LF and CRLF in it arrive as LF. */
  readonly data?: string | undefined
  /** The event's name, without CR and LF; `message` by default. */
  readonly event?: string | undefined
  /** What the client sends as `Last-Event-ID` when it reconnects, without CR, LF and NUL; an empty one resets it. */
  readonly id?: string | undefined
  /** Milliseconds before the client reconnects. */
  readonly retry?: number | undefined
}

/** A received message, with the names of a `MessageEvent` in browsers. */
export interface ReceivedMessage {
  readonly data: string
  /** `message` if it had no name. */
  readonly event: string
  /** The last ID so far, of this message or an earlier one; empty if there was none. */
  readonly lastEventId: string
}
