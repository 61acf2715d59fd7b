import { attachTraits, statedTraits } from '@sluice/body/engine'
import { handlerAround } from '@sluice/stack/host'
import { hostContext } from './host-context.ts'
import { checkGiven } from './incoming/check-given.ts'
import { endWithout } from './middleware/end-without.ts'
import { innerHandler, MiddlewareExchange } from './middleware/middleware-exchange.ts'
import type { Middleware } from '@sluice/stack'
import type { ListenerOptions } from './host-context.ts'
import type { Incoming, Outgoing } from './incoming/incoming.ts'

/** What a framework gives a middleware to go on with, or to report an error to: `next()` or `next(error)`. */
export type NextFunction = { next(error?: unknown): void }['next']

/**
 * Makes a middleware `(req, res, next)` of a Sluice middleware, for Express, Connect, and other frameworks on Node's `req` and `res`.
 *
 * The rest of the application becomes the handler in the middleware. It keeps its `req` and `res`: what it writes becomes the body
 * of a response, `res.flush()` a flush, trailers a trailers frame, and the request that the middleware passes on is what it reads. A
 * response that the middleware leaves as it is, is sent as it came.
 *
 * The middleware sees `req.headers` as layers in front have left them: if one deletes `accept-encoding`, nothing is compressed.
 *
 * An error of the middleware goes to `next`, and the fields of an `HttpError` to `res`. If the application was called and has not ended
 * its response by then, the error is answered here, by its status; if the head has been sent, the response is cut after what was
 * flushed. An error of the content goes to the application, as the event `error` of `req`; if it does not listen, its response fails.
 *
 * Without `next`, such as in `createServer(toMiddleware(…))`, nothing follows: what the middleware passes on is answered with 404.
 *
 * @param options.onError Called once for each error that does not go to `next`, but not for a client that has left; by default
 * errors with the status 500, and those after the head, are printed.
 * @param options.draining As that of `toListener`.
 *
 * @throws {TypeError} At the call, if `middleware` is not one or has a part that cannot run on the event loop (see `checkHandler`), or if
 * `onError` is not a function or `draining` not a signal. In the middleware, if it is not given a `req` and a `res` of Node.
 * @throws {HttpError} `NEXT_TWICE` (500), in the middleware, if it passes a request on twice. `REQUEST_UNKNOWN` (500) if it passes on
 * one that has nothing of the request that it got.
 *
 * @example
 * import { createServer } from 'node:http'
 * import { toMiddleware } from '@sluice/node'
 * import { output } from '@sluice/stack'
 * import { mapText } from '@sluice/filter'
 *
 * const loud = toMiddleware(output(mapText((part) => part.toUpperCase())))
 * export const server = createServer((req, res) => loud(req, res, () => res.end('hello')))
 */
export const toMiddleware = (
  middleware: Middleware,
  options: ListenerOptions = {},
): ((req: Incoming, res: Outgoing, next?: NextFunction) => void) => {
  const context = hostContext(options)
  const handler = handlerAround(middleware, innerHandler, 'toListener')
  const around: ReturnType<typeof toMiddleware> = (req, res, given) => {
    checkGiven(req, res)
    const next = given ?? endWithout(req, res, context)
    // Other code has answered: there is nothing left to filter.
    if (res.headersSent) next()
    else new MiddlewareExchange(req, res, next, context).start(handler)
  }
  return attachTraits(around, statedTraits(middleware) ?? {})
}
