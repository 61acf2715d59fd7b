import type { Handler, HttpRequest } from '@sluice/stack'
import type { ParserContext } from '../http1/parser-context.ts'
import type { ResponseHeadCache } from '../http1/response-head-cache.ts'
import type { ConnectionLimits } from '../options.ts'
import type { Connection } from './connection.ts'

/** What all connections of a server share: values, and two functions. */
export interface ServerContext {
  readonly handler: Handler
  readonly limits: ConnectionLimits
  /** What the parsers of all connections share. */
  readonly parsers: ParserContext
  readonly headCache: ResponseHeadCache
  readonly draining: AbortSignal
  /** The value of Date, now. */
  readonly date: string
  /** Whether connections are plain, so that those over TCP can be reset. */
  readonly plain: boolean
  /** Whether sockets may be replaced by lean ones: those of a given server are left as they are. */
  readonly lean: boolean
  /** Whether errors are reported with their requests, which are kept for that. */
  readonly keepsRequests: boolean
  /** Whether the server is closing, now. */
  readonly closing: boolean
  /**
   * Calls `onError`; never throws.
   *
   * @param status The status of the response; `undefined` if no response shows the error.
   */
  readonly report: (error: unknown, request?: HttpRequest, status?: number) => void
  /** A connection has closed. */
  readonly left: (connection: Connection) => void
}
