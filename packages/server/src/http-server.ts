import { setMaxListeners } from 'node:events'
import { hearReceiptErrors, timerMs } from '@sluice/body/engine'
import { HttpError } from '@sluice/stack'
import { reportError } from '@sluice/stack/host'
import { Connection } from './connection/connection.ts'
import { cut, drain } from './connection/end-connection.ts'
import { TimeoutWatch } from './connection/timeout-watch.ts'
import { ParserContext } from './http1/parser-context.ts'
import { ResponseHeadCache } from './http1/response-head-cache.ts'
import { hearConnections, isTls, listen, urlOf } from './listen.ts'
import { checkGrace } from './options.ts'
import type { Server, Socket } from 'node:net'
import type { Handler } from '@sluice/stack'
import type { ServerContext } from './connection/server-context.ts'
import type { ConnectionLimits, ServerCallbacks } from './options.ts'
import type { CloseOptions, RunningServer, ServeOptions } from './serve.ts'

/** How often time-outs are looked at and the clock is read: one timer for all connections. */
const tickMs = 250

/** The connections of one server: accepts them, ticks for them, and closes them. */
export class HttpServer implements RunningServer {
  readonly closed: Promise<void>
  /** Calls `onError`; never throws. */
  readonly report: ServerContext['report'] = (error, request, status) =>
    reportError(this.#onError, error, request, status)
  readonly #context: { -readonly [name in keyof ServerContext]: ServerContext[name] }
  readonly #server: Server
  readonly #onError: ServerCallbacks['onError'] | undefined
  readonly #draining = new AbortController()
  readonly #connections = new Set<Connection>()
  readonly #watch = new TimeoutWatch(this.#connections)
  /** Under TLS, the sockets below it, which have no connection of ours while they shake hands. */
  readonly #handshaking = new Set<Socket>()
  #state: 'open' | 'stopped listening' | 'closed' = 'open'
  #timer: ReturnType<typeof setInterval> | undefined
  #graceEndsAt = Number.POSITIVE_INFINITY
  #grace: ReturnType<typeof setTimeout> | undefined
  #stopHearing: (() => void) | undefined
  #resolveClosed: () => void = () => {}

  constructor(handler: Handler, options: ServeOptions, limits: ConnectionLimits, server: Server) {
    const plain = !isTls(server)
    this.#onError = options.onError
    this.#server = server
    this.#context = {
      handler,
      limits,
      parsers: new ParserContext(limits),
      headCache: new ResponseHeadCache(),
      draining: this.#draining.signal,
      date: new Date().toUTCString(),
      plain,
      lean: plain && options.server === undefined,
      keepsRequests: options.onError !== undefined,
      closing: false,
      report: this.report,
      left: (connection) => this.#left(connection),
    }
    hearConnections(server, (socket) => this.#accept(socket))
    if (!plain) server.on('connection', (socket) => this.#track(socket))
    // One signal for all requests: as many listeners as there are streams are no leak.
    setMaxListeners(0, this.#draining.signal)
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
  }

  get connections(): number {
    return this.#connections.size
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  get url(): string {
    return urlOf(this.#server)
  }

  async listen(options: ServeOptions): Promise<void> {
    await listen(this.#server, options)
    this.#server.on('error', (error) => this.report(error))
    if (options.onError !== undefined)
      this.#stopHearing = hearReceiptErrors((error) => this.report(error))
    this.#timer = setInterval(() => this.#tick(), tickMs)
    // The server and its sockets keep the process alive, not their clock.
    this.#timer.unref()
  }

  close({ graceMs = 10_000 }: CloseOptions = {}): Promise<void> {
    checkGrace(graceMs)
    if (!this.#context.closing) this.#startClosing()
    const endsAt = performance.now() + graceMs
    if (this.#state !== 'closed' && endsAt < this.#graceEndsAt) {
      this.#graceEndsAt = endsAt
      clearTimeout(this.#grace)
      if (graceMs <= 0) this.#cut()
      else this.#grace = setTimeout(() => this.#cut(), timerMs(graceMs))
    }
    return this.closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #accept(socket: Socket): void {
    // The clock does not tick without connections.
    if (this.#connections.size === 0) this.#readClock()
    this.#connections.add(new Connection(socket, this.#context))
  }

  #track(socket: Socket): void {
    this.#handshaking.add(socket)
    socket.once('close', () => this.#handshaking.delete(socket))
  }

  #left(connection: Connection): void {
    this.#connections.delete(connection)
    this.#settle()
  }

  #startClosing(): void {
    this.#context.closing = true
    this.#server.close(() => {
      this.#state = 'stopped listening'
      this.#settle()
    })
    this.#draining.abort(new HttpError('UNAVAILABLE', 'Cannot go on: the server is closing'))
    for (const connection of this.#connections) drain(connection)
  }

  /** Node reports that a server has closed before its last sockets have. */
  #settle(): void {
    if (this.#state === 'open' || this.#connections.size > 0) return
    clearInterval(this.#timer)
    clearTimeout(this.#grace)
    this.#state = 'closed'
    this.#stopHearing?.()
    this.#resolveClosed()
  }

  #cut(): void {
    for (const connection of this.#connections) cut(connection)
    for (const socket of this.#handshaking) socket.destroy()
  }

  #tick(): void {
    this.#readClock()
    this.#watch.tick()
  }

  #readClock(): void {
    this.#context.date = new Date().toUTCString()
  }
}
