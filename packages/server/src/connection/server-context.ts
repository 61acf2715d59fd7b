import type { Handler, HttpRequest } from '@sluice/stack'
import type { ConnectionLimits } from '../options.ts'

/** What the connections of a server share. */
export interface Shared {
  readonly handler: Handler
  readonly limits: ConnectionLimits
  readonly draining: AbortSignal
  /** The value of Date. */
  readonly date: string
  /** Whether connections are plain, so that those of TCP have a reset. */
  readonly plain: boolean
  /** Whether sockets may be made anew that read for less: those of others' listeners are left as they are. */
  readonly lean: boolean
  /** Whether errors are told with their requests, which are kept for that. */
  readonly tellsOfRequests: boolean
  /** Whether the server is closing. */
  readonly closing: boolean
  /**
   * Calls `onError`; never throws.
   *
   * @param status The status of the response; `undefined` if no response shows the error.
   */
  report(error: unknown, request: HttpRequest | undefined, status?: number): void
  /** A connection has closed. */
  left(connection: object): void
}
