import { createServer } from 'node:net'
import { answerError } from '@sluice/stack'
import { Connection } from './connection.ts'
import { connectionLimits } from './options.ts'
import type { AddressInfo, Server } from 'node:net'
import type { Handler, HttpRequest } from '@sluice/stack'
import type { ConnectionHost } from './connection.ts'
import type { ConnectionLimits, ServerCallbacks } from './options.ts'

export interface ServeOptions extends Partial<ConnectionLimits>, Partial<ServerCallbacks> {
  /** The port; 0, by default, is one that is free. */
  readonly port?: number
  /** The address; 127.0.0.1 by default, `::` for all. */
  readonly host?: string
}

export interface CloseOptions {
  /** Milliseconds for requests that run to come to their end: 10,000 by default. Then they are cut. */
  readonly graceMs?: number
}

export interface RunningServer extends AsyncDisposable {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string
  readonly port: number
  /** Connections that are open. */
  readonly connections: number
  /**
   * Stops listening, closes connections without a request at once and the others after their answer, or at the end of grace.
   * Fulfils when all are closed; called again, gives the same promise.
   */
  close(options?: CloseOptions): Promise<void>
}

/** How often time-outs are looked at and the clock is read: one timer for all connections. */
const tickMs = 500

/**
 * Serves HTTP/1.1 and 1.0 on `node:net`.
 *
 * One handler at a time a connection, in order. The body of a response is pulled as the client reads; a flush is written at once. All
 * bounds, in bytes and time, are on by default.
 *
 * @throws {RangeError} When a bound is no count. {Error} `EADDRINUSE` and its kin, from Node.
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
  const running = new HttpServer(handler, options)
  await running.listen(options.port ?? 0, options.host ?? '127.0.0.1')
  return running
}

class HttpServer implements RunningServer, ConnectionHost {
  readonly handler: Handler
  readonly limits: ConnectionLimits
  closing = false
  now: number = performance.now()
  date: string = new Date().toUTCString()
  readonly #onError: ServerCallbacks['onError']
  readonly #draining = new AbortController()
  readonly #connections = new Set<Connection>()
  readonly #server: Server
  #timer: ReturnType<typeof setInterval> | undefined
  #closed: Promise<void> | undefined
  #allGone: () => void = () => {}

  constructor(handler: Handler, options: ServeOptions) {
    this.handler = handler
    this.limits = connectionLimits(options)
    this.#onError = options.onError ?? printServerError
    // Half-open: a client that has sent all it will is still owed its answer.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      if (this.#connections.size === 0) this.#tick()
      this.#connections.add(new Connection(socket, this))
    })
  }

  get draining(): AbortSignal {
    return this.#draining.signal
  }

  get connections(): number {
    return this.#connections.size
  }

  get port(): number {
    return addressOf(this.#server)?.port ?? 0
  }

  get url(): string {
    const address = addressOf(this.#server)
    const host = address?.family === 'IPv6' ? `[${address.address}]` : address?.address
    return `http://${host}:${address?.port}`
  }

  listen(port: number, host: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ port, host }, () => {
        this.#server.off('error', reject)
        this.#server.on('error', (error) => this.report(error, undefined))
        this.#timer = setInterval(() => this.#tick(), tickMs)
        this.#timer.unref()
        resolve()
      })
    })
  }

  close({ graceMs = 10_000 }: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(graceMs)
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  closed(connection: Connection): void {
    this.#connections.delete(connection)
    if (this.#connections.size === 0) this.#allGone()
  }

  report(error: unknown, request: HttpRequest | undefined): void {
    try {
      this.#onError(error, request)
    } catch (failure) {
      printServerError(failure)
    }
  }

  async #close(graceMs: number): Promise<void> {
    this.closing = true
    const stopped = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    const gone = new Promise<void>((resolve) => {
      this.#allGone = resolve
    })
    this.#draining.abort(new Error('the server is closing'))
    for (const connection of this.#connections) connection.drain()
    if (this.#connections.size > 0) {
      const grace = setTimeout(() => {
        for (const connection of this.#connections) connection.cut(false)
      }, graceMs)
      await gone
      clearTimeout(grace)
    }
    await stopped
    clearInterval(this.#timer)
  }

  #tick(): void {
    this.now = performance.now()
    this.date = new Date().toUTCString()
    for (const connection of this.#connections) connection.tick(this.now)
  }
}

const addressOf = (server: Server): AddressInfo | undefined => {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address : undefined
}

const printServerError = (error: unknown) => {
  if (answerError(error).status >= 500) console.error(error)
}
