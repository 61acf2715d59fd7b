import { checkHandler } from '@sluice/stack'
import { FetchExchange } from './fetch-exchange.ts'
import type { Handler, HttpRequest } from '@sluice/stack'

export interface FetchOptions {
  /**
   * Called once for each error, as in `serve`; never for a client that left. Without it, errors that no response shows, or that were
   * answered with 500, are printed.
   */
  readonly onError?: (error: unknown, request: HttpRequest) => void
}

/**
 * A handler as the fetch function of a host, such as Hono, `Deno.serve` or `Bun.serve`.
 *
 * @param options.onError Prints by default.
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
  { onError }: FetchOptions = {},
): ((request: Request, context?: unknown) => Response | Promise<Response>) => {
  checkHandler(handler)
  return (request, context) => new FetchExchange(request, context, onError).start(handler)
}
