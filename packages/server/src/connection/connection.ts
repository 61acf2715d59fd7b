// One connection: requests are read, served and answered one after the other.
//
// Who calls whom. A socket reports to its connection (`SocketListener`), and an exchange, its client and its content report to their
// connection (`ExchangeConnection`). There is no other way upwards. Downwards:
//
//   HttpServer ─┬─ TimeoutWatch ─ Timeouts ─┐
//               └─ Connection ──────────────┴─ serveRequests ─┬─ parser of http1
//                    │                                        └─ Exchange ─┬─ RequestContent ── parser of http1
//                    └─ WriteBuffer ── socket                              └─ FramePump ── ResponseWriter ── WriteBuffer
//
// What it promises. At most one exchange is in flight, so responses leave in the order of the requests. Pipelined requests wait in
// the parser; their responses leave in one write. Backpressure in both directions: no request is served while the socket has no
// room, and reading stops at 16 KiB that nobody has asked for. However many requests are pipelined, other connections get their turn.
//
// States. `open`: it serves requests. `lingering`: everything is said, and input is dropped until the client closes, since closing a
// socket with unread input resets the connection, and a reset may destroy the last response (RFC 9112 section 9.6). `taken over`:
// it speaks another protocol, and only counts for the server. `closed`: the socket has closed.
//
// Half-closed: the client has closed its half. It may still read, so what it has sent is served. But it may also be gone, so
// `client.signal` aborts, and `halfClosedTimeoutMs` bounds a response that stands still. What is sent, a heartbeat too, is progress:
// a client that has gone refuses it with a reset, which `probe` finds.
//
// After an error. A malformed request is answered and the connection lingers; nothing after it is parsed. A body that fails after its
// head was written breaks the connection off, by a reset if only the end of the connection ends its content. If the socket fails or
// closes, the exchange is abandoned: the signal aborts, the content fails, the response's body is closed. Nothing throws into Node.

import { breakOffSoon, clientGone } from '@sluice/stack/host'
import { refusal } from '../http1/refusal.ts'
import { parserIn } from '../http1/request-parser.ts'
import { cut, finish } from './end-connection.ts'
import { notSkipping, serveRequests } from './serve-requests.ts'
import { handOver, hear, peerOf } from './socket.ts'
import { clockMs, Timeouts } from './timeouts.ts'
import { WriteBuffer } from './write-buffer.ts'
import type { ErrorReports } from '@sluice/body/engine'
import type { ClientTls } from '@sluice/stack'
import type { ConnectionParser } from '../http1/request-parser.ts'
import type { TakeOver } from '../take-over.ts'
import type { Exchange } from './exchange.ts'
import type { AfterResponse, ExchangeConnection } from './exchange-connection.ts'
import type { ServerContext } from './server-context.ts'
import type { ClientSocket, SocketListener } from './socket-listener.ts'
import type { ReceiptReporter } from './write-buffer.ts'

/** Bytes received and not asked for at which reading from the socket stops. */
const maxBufferedBytes = 16_384

export class Connection implements SocketListener, ExchangeConnection, ReceiptReporter {
  readonly context: ServerContext
  readonly address: string
  readonly port: number
  readonly tls: ClientTls | undefined
  readonly parser: ConnectionParser
  readonly output: WriteBuffer
  readonly timeouts: Timeouts = new Timeouts()
  state: 'open' | 'lingering' | 'taken over' | 'closed' = 'open'
  exchange: Exchange | undefined
  halfClosed = false
  /** Requests whose heads have been read. */
  requests = 0
  /** Bytes of unread content that were skipped after the last response; `notSkipping` if none are to be. */
  skippedBytes: number = notSkipping
  /** Whether `serveRequests` runs, or goes on in the next turn of the event loop. */
  serving: 'no' | 'now' | 'next turn' = 'no'
  readonly socket: ClientSocket
  /** Whether it can be reset: only TCP can. */
  readonly hasReset: boolean
  readonly acceptedAt: number = clockMs()
  /** Whether all input had been served when the connection began to linger, and nothing has come since. */
  readAll = false
  #failure: unknown

  constructor(accepted: ClientSocket, context: ServerContext) {
    const socket = hear(accepted, this, context.lean)
    this.socket = socket
    this.context = context
    const { address, port, tls } = peerOf(socket, socket !== accepted)
    this.address = address
    this.port = port
    this.tls = tls
    this.hasReset = context.plain && address !== ''
    this.parser = parserIn(context.parsers)
    this.output = new WriteBuffer(socket, this, context.lean)
  }

  // Called by the socket

  received(bytes: Uint8Array): void {
    if (!this.#takesInput()) return
    this.parser.receive(bytes)
    this.#inputCame()
  }

  lent(memory: Buffer, length: number): void {
    if (!this.#takesInput()) return
    this.parser.lend(memory, length)
    try {
      this.#inputCame()
    } finally {
      this.parser.keep()
    }
  }

  memoryAfter(given: Buffer | undefined, isFull: boolean): Buffer | undefined {
    return this.exchange?.content?.memoryAfter(given, isFull && !this.socket.isPaused())
  }

  roomMade(): void {
    if (this.exchange !== undefined) return this.exchange.roomMade()
    if (this.state !== 'lingering') this.timeouts.restart()
    serveRequests(this)
  }

  inputEnded(): void {
    this.halfClosed = true
    if (this.exchange === undefined) serveRequests(this)
    else this.exchange.inputEnded()
  }

  failed(error: unknown): void {
    this.#failure = error
    // Most errors have destroyed it already. Node leaves it open if a client renegotiates TLS too often.
    this.socket.destroy()
  }

  closed(): void {
    this.state = 'closed'
    const { exchange } = this
    this.exchange = undefined
    exchange?.abandon(clientGone(this.#failure))
    this.context.left(this)
  }

  // Called by the exchange

  get mayKeepAlive(): boolean {
    return !this.context.closing && (!this.halfClosed || this.parser.bufferedBytes > 0)
  }

  get clientGone(): boolean {
    return this.halfClosed || this.socket.destroyed || this.socket.errored !== null
  }

  readMore(): void {
    this.timeouts.received()
    if (this.socket.isPaused()) this.socket.resume()
  }

  inform(from: object, head: string): void {
    this.exchange?.inform(from, head)
  }

  ended(after: AfterResponse): void {
    this.exchange = undefined
    this.timeouts.restart()
    if (after === 'reset') {
      this.state = 'lingering'
      // A receipt as a callback: it is called when the kernel has all bytes, and also when they are lost.
      this.output.flush(() => breakOffSoon(this.socket, this.hasReset))
    } else if (after === 'keep alive') {
      this.skippedBytes = 0
      serveRequests(this)
    } else finish(this)
  }

  takenOver(run: TakeOver): void {
    this.output.write()
    this.exchange = undefined
    this.state = 'taken over'
    handOver(this.socket, this.parser.takeRest(), run, (error) => {
      this.report(error)
      cut(this)
    })
  }

  // Called by the server, its time-outs and its receipts

  report(error: unknown): void {
    this.context.report(error, this.exchange?.request)
  }

  receiptReports(): ErrorReports {
    const request = this.exchange?.request
    return { report: (error) => this.context.report(error, request) }
  }

  /**
   * A socket that is not read from, or has been read to its end, does not hear of a reset. An empty write sends nothing, and fails if
   * there was one.
   */
  probe(): void {
    const isDeaf = this.halfClosed || this.socket.isPaused()
    if (isDeaf && this.exchange !== undefined && this.output.unsentBytes === 0)
      this.socket.write('')
  }

  /** Answers a malformed request, or one whose head came too late, and closes. Nothing after it is parsed. */
  refuse(error: unknown): void {
    if (this.state !== 'open') return
    if (this.skippedBytes === notSkipping) this.output.add(refusal(error, this.context.date))
    finish(this)
  }

  /** Whether the next request has to wait: for the one in flight, for the next turn, or for the client to read. */
  get isHeldUp(): boolean {
    return this.exchange !== undefined || this.serving !== 'no' || !this.output.hasRoom
  }

  get isIdle(): boolean {
    const { state, bufferedBytes } = this.parser
    const isWaiting = this.state === 'open' && this.exchange === undefined
    return isWaiting && state === 'idle' && bufferedBytes === 0
  }

  #takesInput(): boolean {
    if (this.isIdle) this.timeouts.restart()
    else this.timeouts.received()
    this.readAll = false
    return this.state !== 'lingering' && this.state !== 'closed'
  }

  #inputCame(): void {
    if (this.exchange === undefined) serveRequests(this)
    else this.exchange.content?.arrived()
    // Backpressure. If nothing holds requests up, what is buffered is of an unfinished head, which has a bound of its own.
    if (this.isHeldUp && this.parser.bufferedBytes > maxBufferedBytes) this.socket.pause()
  }
}
