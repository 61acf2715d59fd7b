import type { RequestParser } from '../http1/request-parser.ts'
import type { TakeOver } from '../take-over.ts'
import type { ServerContext } from './server-context.ts'
import type { Peer } from './socket.ts'
import type { WriteBuffer } from './write-buffer.ts'

/**
 * What becomes of a connection after a response. `reset`: the response is incomplete, and its content ends with the connection, so
 * an orderly end would make it look complete.
 */
export type AfterResponse = 'keep alive' | 'close' | 'reset'

/** What an exchange, its client and its content see of their connection, and how they report to it. */
export interface ExchangeConnection extends Peer {
  readonly context: ServerContext
  readonly parser: RequestParser
  readonly output: WriteBuffer
  /** Whether the connection may serve another request after this one. */
  readonly mayKeepAlive: boolean
  /** Whether the client has closed its half, or the connection has failed. */
  readonly clientGone: boolean
  /** The handler waits for content. */
  readMore(): void
  /**
   * Sends an informational response, unless the final one has begun.
   *
   * @param from A client or content. Users may keep them, so those of earlier exchanges are ignored.
   */
  inform(from: object, head: string): void
  /** The response, or as much of it as there will be, is in the write buffer. */
  ended(after: AfterResponse): void
  /** The head of the response is in the write buffer, and the connection changes its protocol. */
  takenOver(run: TakeOver): void
}
