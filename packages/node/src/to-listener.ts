import { checkHandler } from '@sluice/stack'
import { Exchange } from './exchange.ts'
import { hostContext } from './host-context.ts'
import { checkGiven } from './incoming/check-given.ts'
import { sinkOf } from './sending/sink-of.ts'
import type { Handler } from '@sluice/stack'
import type { ListenerOptions } from './host-context.ts'
import type { Incoming, Outgoing } from './incoming/incoming.ts'

/**
 * Makes a listener of a handler, for `node:http`, `node:https`, `node:http2` and the frameworks on them.
 *
 * @param options.onError Called once for each error, but not for a client that has left; by default errors with the status 500, and
 * those after the head, are printed.
 * @param options.draining Becomes `client.draining` of all requests. Without it that never aborts: a listener cannot see its server close.
 * @throws {TypeError} At the call, if `handler` or `onError` is not a function, if `draining` is not a signal, or if a part of `handler`
 * cannot run on the event loop (see `checkHandler`). In the listener, if it is not given a `req` and a `res` of Node.
 *
 * @example
 * import { createServer } from 'node:http'
 * import { toListener } from '@sluice/node'
 * import { text } from '@sluice/stack'
 *
 * export const server = createServer(toListener(() => text('hello')))
 */
export const toListener = (
  handler: Handler,
  options: ListenerOptions = {},
): ((req: Incoming, res: Outgoing) => void) => {
  checkHandler(handler)
  const context = hostContext(options)
  return (req, res) => {
    checkGiven(req, res)
    new Exchange(req, sinkOf(res), context).start(handler)
  }
}
