import type { Fields } from '@sluice/body'
import type { ResponseHead } from './response-head.ts'

/** The callback of a write. */
export type Written = (error?: Error | null) => void

/**
 * Where one response is written to: `res` of `node:http`, a stream of `node:http2`, or the saved methods of a `res` that is
 * overridden.
 *
 * `ResponseSender` and `Exchange` know nothing else of Node. A sink buffers nothing itself.
 */
export interface ResponseSink {
  /** Whether a head was sent, perhaps by other code: no other response can be sent. */
  readonly headSent: boolean
  /** Whether the connection, or the stream, has closed. */
  readonly closed: boolean

  /** Calls back once, when the response was sent whole (`true`), or the client has gone before. */
  whenClosed(call: (isComplete: boolean) => void): void

  /** Sends a whole response. Text is ASCII; `undefined` is a response without content. May throw before anything is sent. */
  sendWhole(head: ResponseHead, content: string | Uint8Array | undefined): void

  /** Begins a response with content. May throw before anything is sent. */
  writeHead(head: ResponseHead): void

  /**
   * Writes content.
   *
   * @param written Called once, when all parts were handed to the kernel. If the connection closes before, it is called with an
   * error, or never.
   * @returns Whether there is room for more: if not, wait until all is written.
   */
  write(parts: readonly Uint8Array[], written: Written): boolean

  /** Sends the head without waiting for content. `written` is called when it was handed to the kernel. */
  flushHead(written: Written): void

  /** A flush came after what was written. For layers outside that hold bytes; Node holds none. */
  flushed?(): void

  /**
   * Ends the response. Trailers that the framing cannot carry are left out.
   *
   * @param failed Takes the error of trailers that the host refuses later; the response is then cut.
   */
  end(trailers: Fields | undefined, failed: (error: unknown) => void): void

  /** Ends a response that has begun, so that it does not look complete. All parts have been written. */
  cut(): void

  /** Closes the connection once the responses that have begun are complete. */
  closeConnection?(): void

  /** Sends an informational response. Names and values in turn. */
  inform(status: number, flat: readonly string[]): void

  /** Sends `100 (Continue)`. */
  sendContinue(): void
}
