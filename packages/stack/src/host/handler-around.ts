import { isAsyncFunction, isObject, isPromiseLike, nothing } from '@sluice/body/engine'
import { checkFunction } from '../check-handler.ts'
import { checkRunsHere } from '../check-runs-here.ts'
import { discardAny } from '../discard-any.ts'
import type { Handler, Middleware } from '../http.ts'

/**
 * The handler that a middleware makes around the rest of a host's application. Plain JavaScript may give a handler in place of the
 * middleware: what it answers shows that, unless it is an async function, which is not called.
 *
 * @param instead The function that takes a handler, for the message.
 * @throws {TypeError} If the middleware is not a function, does not return a handler, or has a part that a host cannot run; see
 * `checkHandler`.
 */
export const handlerAround = (middleware: Middleware, inner: Handler, instead: string): Handler => {
  checkFunction(middleware, 'use the middleware')
  if (isAsyncFunction(middleware)) throw wantedMiddleware('an async function', instead)
  checkRunsHere(middleware, 'the middleware')
  const made = middleware(inner)
  checkMade(made, instead)
  return made
}

const checkMade = (made: unknown, instead: string): void => {
  if (isObject(made)) {
    if (isPromiseLike(made)) Promise.resolve(made).then(discardAny, nothing)
    else discardAny(made)
    throw wantedMiddleware('a handler', instead)
  }
  checkFunction(made, 'use what the middleware returns as a handler')
}

const wantedMiddleware = (found: string, instead: string) =>
  new TypeError(
    `Cannot use the middleware: found ${found}, wanted a middleware: give a handler to ${instead}`,
  )
