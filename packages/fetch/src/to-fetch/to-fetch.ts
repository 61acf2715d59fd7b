import { checkCallback, checkSignal } from '@sluice/body/engine'
import { checkHandler } from '@sluice/stack'
import { checkRequest } from './check-request.ts'
import { FetchExchange } from './fetch-exchange.ts'
import type { Handler, HttpRequest } from '@sluice/stack'
import type { FindClient } from './host-context.ts'

export interface FetchOptions {
  /**
   * Called once for each error, as in `serve`; never for a client that left. Without it, errors that no response shows, or that were
   * answered with 500, are printed.
   */
  readonly onError?: (error: unknown, request: HttpRequest) => void
  /** Finds the address of the client, for hosts that tell it otherwise, as by a field. Called when a handler asks for it. */
  readonly client?: FindClient
  /** Becomes `client.draining` of all requests. Abort it when the host begins to close: event streams then end. */
  readonly draining?: AbortSignal | undefined
}

/** @throws {TypeError} If `onError` is not a function, or `draining` not a signal. */
export const checkFetchOptions = ({ onError, draining }: FetchOptions): void => {
  if (onError !== undefined) checkCallback('onError', onError)
  if (draining !== undefined) checkSignal(draining, 'draining')
}

/**
 * A handler as the fetch function of a host, such as Hono, `Deno.serve` or `Bun.serve`.
 *
 * Give it what the host gives beside the request, if anything: the address and port of the client are recognized by shape in the
 * contexts of `Deno.serve`, `Bun.serve`, srvx and Hono, and so is the version in Node. A `waitUntil` is told how long a stream runs.
 *
 * A text or bytes become the body of the `Response` at once, and a handler that answers at once is answered without a promise. Any
 * other body becomes a stream, as by `toReadableStream`. The `Response` is given when the first bytes are there, or a flush or a pause
 * comes: an error before that is answered by `answerError`, and after that fails the stream, so that the host cuts the connection.
 * Bodies of responses to HEAD, and of 204, 205 and 304, are closed unread.
 *
 * When the host cancels the stream, or the signal of the request aborts, `client.signal` aborts and the body is closed once.
 *
 * @throws {TypeError} At the call, if the handler or `onError` is not a function, `draining` is not a signal, or a part of the handler cannot run on the event loop
 * (see `checkHandler` of `@sluice/stack`); at the request, if that is not a `Request`.
 * @param options.onError Prints by default.
 * @param options.client By default the address is recognized by shape; it is empty, and the port 0, if that fails.
 * @param options.draining By default `client.draining` never aborts: fetch hosts do not tell when they begin to close.
 *
 * @example
 * ```ts
 * import { toFetch } from '@sluice/fetch'
 * import { text } from '@sluice/stack'
 *
 * const hello = toFetch(({ target }) => text(`hello, ${target}`))
 * const response = await hello(new Request('http://a.example/tea'))
 * if ((await response.text()) !== 'hello, /tea') throw new Error('misread')
 * ```
 */
export const toFetch = (
  handler: Handler,
  options: FetchOptions = {},
): ((request: Request, context?: unknown) => Response | Promise<Response>) => {
  checkHandler(handler)
  checkFetchOptions(options)
  return (request, context) => {
    checkRequest(request)
    return new FetchExchange(request, context, options).start(handler)
  }
}
