import { checkCallback } from '@sluice/body/engine'
import { checkHandler } from '@sluice/stack'
import { HttpServer } from './http-server.ts'
import { transport } from './listen.ts'
import { connectionLimits } from './options.ts'
import { refuseUnsupported } from './unsupported-options.ts'
import type { Handler } from '@sluice/stack'
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
  /** Milliseconds that requests in flight may take to end: 10,000 by default. Then they are cut. */
  readonly graceMs?: number
}

export interface RunningServer extends AsyncDisposable {
  /** The URL, such as `http://127.0.0.1:8080`, or the path of a Unix socket. */
  readonly url: string
  /** The port; 0 for a Unix socket. */
  readonly port: number
  /** Connections that are open. */
  readonly connections: number
  /** Fulfils when the server has closed and all its connections have. */
  readonly closed: Promise<void>
  /**
   * Stops listening, aborts `client.draining`, and closes connections: those without a request at once, the others after their
   * response or at the end of grace. Returns `closed`. If it is called again, the shorter grace holds.
   *
   * @throws {RangeError} At the call, if `graceMs` is not a number.
   */
  close(options?: CloseOptions): Promise<void>
}

/**
 * Serves HTTP/1.1 and 1.0, on TCP, TLS or a Unix socket.
 *
 * Each connection serves one request at a time, in order. The body of a response is pulled as the client reads; a flush is
 * written at once. All limits, in bytes and time, are on by default.
 *
 * It rejects; it never throws at the call.
 *
 * @throws {RangeError} If a limit is not a valid number.
 * @throws {TypeError} If the handler or `onError` is not a function, if a part of the handler cannot run on the event loop (see
 *   `checkHandler`), if an option of Node is given that `serve` does not have, or if this version of Node has no `reusePort`.
 * @throws {Error} `EADDRINUSE` and other errors of listening, from Node. If a port is in use, the message says so in plain words,
 *   and there is no stack.
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
  if (options.onError !== undefined) checkCallback('onError', options.onError)
  refuseUnsupported({ ...options })
  const limits = connectionLimits(options)
  const { signal } = options
  signal?.throwIfAborted()
  const server = await transport(options, limits.headTimeoutMs, (error) => running.report(error))
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
