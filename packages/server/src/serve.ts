import { setMaxListeners } from 'node:events'
import { hearReceiptErrors } from '@sluice/body/engine'
import { checkHandler, HttpError } from '@sluice/stack'
import { callUser, printError } from './connection/call-user.ts'
import { Connection } from './connection/connection.ts'
import { clockMs } from './connection/timeouts.ts'
import { hearConnections, isTls, listen, transport } from './listen.ts'
import { checkFunction, checkGrace, connectionLimits, longestTimerMs } from './options.ts'
import { refuseUnsupported } from './unsupported-options.ts'
import type { Server, Socket } from 'node:net'
import type { Handler, HttpRequest } from '@sluice/stack'
import type { Shared } from './connection/server-context.ts'
import type { ListenTo } from './listen.ts'
import type { ConnectionLimits, ServerCallbacks } from './options.ts'

export interface ServeOptions
  extends ListenTo,
    Partial<ConnectionLimits>,
    Partial<ServerCallbacks> {
  /** Closes the server when it aborts, as `close()` does. */
  readonly signal?: AbortSignal
}

export interface CloseOptions {
  /** Milliseconds for requests that run to come to their end: 10,000 by default. Then they are cut. */
  readonly graceMs?: number
}

export interface RunningServer extends AsyncDisposable {
  /** Where it listens, such as `http://127.0.0.1:8080`, or the path of a Unix socket. */
  readonly url: string
  /** The port; 0 for a Unix socket. */
  readonly port: number
  /** Connections that are open. */
  readonly connections: number
  /** Fulfils when the server has closed and all its connections have. */
  readonly closed: Promise<void>
  /**
   * Stops listening, tells `client.draining`, closes connections without a request at once and the others after their answer, or
   * at the end of grace. Gives `closed`. Called again, the shorter grace holds.
   *
   * @throws {RangeError} At the call, when `graceMs` is no number.
   */
  close(options?: CloseOptions): Promise<void>
}

/** How often time-outs are looked at and the clock is read: one timer for all connections. */
const tickMs = 250
const ticksAtOnce = 50

/**
 * Serves HTTP/1.1 and 1.0, on TCP, TLS or a Unix socket.
 *
 * One handler at a time a connection, in order. The body of a response is pulled as the client reads; a flush is written at
 * once. All bounds, in bytes and time, are on by default.
 *
 * @throws {RangeError} When a bound is no count; rejects, as all of these do.
 * @throws {TypeError} When `reusePort` is asked of a Node that has none, when the handler or `onError` is no function, and when
 *   an option of Node is given that `serve` does not have.
 * @throws {Error} `EADDRINUSE` and its kin, from Node.
 *
 * @example
 * import { serve } from '@sluice/server'
 * import { text } from '@sluice/stack'
 *
 * const server = await serve(() => text('hello'))
 * await server.close()
 */
export const serve = async (
  handler: Handler,
  options: ServeOptions = {},
): Promise<RunningServer> => {
  checkHandler(handler)
  if (options.onError !== undefined) checkFunction('onError', options.onError)
  refuseUnsupported({ ...options })
  const limits = connectionLimits(options)
  const { signal } = options
  signal?.throwIfAborted()
  const report = (error: unknown) => running.report(error, undefined)
  const server = await transport(options, limits.headTimeoutMs, report)
  const running = new HttpServer(handler, options, limits, server)
  await running.listen(options)
  if (signal !== undefined) await closeOnAbort(running, signal)
  return running
}

const closeOnAbort = async (server: RunningServer, signal: AbortSignal): Promise<void> => {
  if (signal.aborted) {
    await server.close({ graceMs: 0 })
    throw signal.reason
  }
  const close = () => void server.close()
  signal.addEventListener('abort', close, { once: true })
  server.closed.then(() => signal.removeEventListener('abort', close))
}

class HttpServer implements RunningServer, Shared {
  readonly handler: Handler
  readonly limits: ConnectionLimits
  readonly plain: boolean
  readonly lean: boolean
  readonly tellsOfRequests: boolean
  readonly closed: Promise<void>
  closing = false
  date: string = new Date().toUTCString()
  readonly #secure: boolean
  readonly #onError: ServerCallbacks['onError'] | undefined
  readonly #draining = new AbortController()
  readonly #connections = new Set<Connection>()
  readonly #server: Server
  #timer: ReturnType<typeof setInterval> | undefined
  #graceEndsAt = Number.POSITIVE_INFINITY
  #grace: ReturnType<typeof setTimeout> | undefined
  /** Connections whose time-outs are still to be looked at in this tick. */
  #toTick: Connection[] = []
  #stopped = false
  #over = false
  #stopHearing: (() => void) | undefined
  #isClosed: () => void = () => {}
  /** Under TLS, the sockets below, which have no connection of ours while they shake hands. */
  readonly #handshaking = new Set<Socket>()

  constructor(handler: Handler, options: ServeOptions, limits: ConnectionLimits, server: Server) {
    this.handler = handler
    this.limits = limits
    this.#onError = options.onError
    this.#server = server
    hearConnections(server, (socket) => {
      if (this.#connections.size === 0) this.#tellDate()
      this.#connections.add(new Connection(socket, this))
    })
    this.#secure = isTls(server)
    if (this.#secure) server.on('connection', (socket) => this.#track(socket))
    this.plain = !this.#secure
    this.lean = this.plain && options.server === undefined
    this.tellsOfRequests = options.onError !== undefined
    // One signal for all requests: as many listeners as there are streams are no leak.
    setMaxListeners(0, this.#draining.signal)
    this.closed = new Promise((resolve) => {
      this.#isClosed = resolve
    })
  }

  get draining(): AbortSignal {
    return this.#draining.signal
  }

  get connections(): number {
    return this.#connections.size
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  get url(): string {
    const address = this.#server.address()
    if (typeof address === 'string' || address === null) return address ?? ''
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
    return `${this.#secure ? 'https' : 'http'}://${host}:${address.port}`
  }

  async listen(options: ServeOptions): Promise<void> {
    await listen(this.#server, options)
    this.#server.on('error', (error) => this.report(error, undefined))
    if (options.onError !== undefined)
      this.#stopHearing = hearReceiptErrors((error) => this.report(error, undefined))
    this.#timer = setInterval(() => this.#tick(), tickMs)
    // The server and its sockets keep the process alive, not their clock.
    this.#timer.unref()
  }

  close({ graceMs = 10_000 }: CloseOptions = {}): Promise<void> {
    checkGrace(graceMs)
    if (!this.closing) this.#startClosing()
    const endsAt = performance.now() + graceMs
    if (!this.#over && endsAt < this.#graceEndsAt) {
      this.#graceEndsAt = endsAt
      clearTimeout(this.#grace)
      if (graceMs <= 0) this.#cut()
      else this.#grace = setTimeout(() => this.#cut(), Math.min(graceMs, longestTimerMs))
    }
    return this.closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** A connection has closed. */
  left(connection: Connection): void {
    this.#connections.delete(connection)
    this.#settle()
  }

  report(error: unknown, request: HttpRequest | undefined, status?: number): void {
    const onError = this.#onError
    if (onError !== undefined) callUser(() => onError(error, request), printError)
    // An answered 404 or 503 is intended by the handler; a 500, or a response that was cut, is not.
    else if (status === undefined || status === 500) printError(error)
  }

  #startClosing(): void {
    this.closing = true
    this.#server.close(() => {
      this.#stopped = true
      this.#settle()
    })
    this.#draining.abort(new HttpError('UNAVAILABLE', 'Cannot go on: the server is closing'))
    for (const connection of this.#connections) connection.drain()
  }

  /** Node says that a server has closed before its last sockets do. */
  #settle(): void {
    if (!this.#stopped || this.#connections.size > 0) return
    clearInterval(this.#timer)
    clearTimeout(this.#grace)
    this.#over = true
    this.#stopHearing?.()
    this.#isClosed()
  }

  #cut(): void {
    for (const connection of this.#connections) connection.cut()
    for (const socket of this.#handshaking) socket.destroy()
  }

  #track(socket: Socket): void {
    this.#handshaking.add(socket)
    socket.once('close', () => this.#handshaking.delete(socket))
  }

  #tellDate(): void {
    this.date = new Date().toUTCString()
  }

  #tick(): void {
    this.#tellDate()
    if (this.#connections.size === 0 || this.#toTick.length > 0) return
    this.#toTick = [...this.#connections]
    this.#tickSome()
  }

  /** Looks at some connections a turn: to refuse five hundred at once would stall those that behave for 50 ms. */
  #tickSome(): void {
    const asOf = clockMs()
    const late = this.#toTick.splice(-ticksAtOnce).filter((connection) => connection.isLate(asOf))
    if (this.#toTick.length > 0) setImmediate(() => this.#tickSome())
    if (late.length > 0) setImmediate(() => this.#endWaits(late, asOf))
  }

  /**
   * Acts on connections that are still late. Timers run before sockets are read: after a stall, a request may have waited in the
   * kernel for longer than its connection may be idle. So this runs after the sockets were read.
   */
  #endWaits(late: readonly Connection[], asOf: number): void {
    const now = clockMs()
    for (const connection of late) connection.endWait(asOf, now)
  }
}
