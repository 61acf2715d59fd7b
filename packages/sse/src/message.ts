/** A message to be sent. One without `data` is no event to the client, which still takes its `id` and `retry`. */
export interface EventMessage {
  /** Any text; CR, LF and CRLF in it arrive as LF. */
  readonly data?: string | undefined
  /** The event's name, without CR and LF; `message` where there is none. */
  readonly event?: string | undefined
  /** What the client gives as `Last-Event-ID` when it comes again, without CR, LF and NUL; the empty one takes it back. */
  readonly id?: string | undefined
  /** Milliseconds before the client comes again. */
  readonly retry?: number | undefined
}

/** A message as it came, by the names of the `MessageEvent` that a browser makes of it. */
export interface ReceivedMessage {
  readonly data: string
  /** `message` where it had no name. */
  readonly event: string
  /** The last ID so far, of this message or one before; empty where there was none. */
  readonly lastEventId: string
}
