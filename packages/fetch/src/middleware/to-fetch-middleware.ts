import { attachTraits, foundIn, statedTraits } from '@sluice/body/engine'
import { handlerAround } from '@sluice/stack/host'
import { checkRequest } from '../to-fetch/check-request.ts'
import { FetchExchange } from '../to-fetch/fetch-exchange.ts'
import { checkFetchOptions } from '../to-fetch/to-fetch.ts'
import { Passing, passOn } from './passing.ts'
import type { Middleware } from '@sluice/stack'
import type { FetchOptions } from '../to-fetch/to-fetch.ts'
import type { FetchNext } from './passing.ts'

/**
 * A middleware as one of a fetch application, such as one of Hono, h3 or `@remix-run/fetch-router`.
 *
 * The rest of the application becomes the handler inside the middleware. It gets the same `Request` object, unless the middleware
 * changes the method, the target, a field or the body; then it gets a new `Request`. The application does not see what else a
 * middleware adds to the request. A response that the middleware does not change is returned as the same object.
 *
 * An error of the application goes to its host, as it came. One of the middleware is answered as by `toFetch`.
 *
 * @param options.onError Called once for each error of the middleware; prints by default.
 * @param options.draining As that of `toFetch`.
 * @returns A function of the request, of `next` and, optionally, of what the host gives beside the request.
 * @throws {TypeError} At the call, if the middleware is not a function, does not return a handler, or has a part that cannot run on the
 * event loop (see `checkHandler` of `@sluice/stack`), or if an option is invalid; at the request, if that is not a `Request`, or `next` is not a function.
 * @throws {HttpError} `REQUEST_UNKNOWN` (500), in the middleware, if it passes on a request that was not made of the one that it got.
 *
 * @example
 * ```ts
 * import { toFetchMiddleware } from '@sluice/fetch'
 * import { mapText } from '@sluice/filter'
 * import { output } from '@sluice/stack'
 *
 * const loud = toFetchMiddleware(output(mapText((part) => part.toUpperCase())))
 * const response = await loud(new Request('http://a.example/'), () => new Response('tea'))
 * if ((await response.text()) !== 'TEA') throw new Error('not passed through')
 * ```
 */
export const toFetchMiddleware = (
  middleware: Middleware,
  options: FetchOptions = {},
): ((request: Request, next: FetchNext, context?: unknown) => Promise<Response>) => {
  checkFetchOptions(options)
  const handler = handlerAround(middleware, passOn, 'toFetch')
  const around: ReturnType<typeof toFetchMiddleware> = async (request, next, context) => {
    checkRequest(request)
    checkNext(next)
    return new FetchExchange(request, context, options, new Passing(request, next)).start(handler)
  }
  return attachTraits(around, statedTraits(middleware) ?? {})
}

const checkNext = (next: unknown): void => {
  if (typeof next === 'function') return
  throw new TypeError(
    `Cannot pass the request on: found ${foundIn(next)} as next, wanted a function: call the middleware with (request, next)`,
  )
}
