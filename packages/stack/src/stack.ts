import type { Placed, Stacked } from './stacked.ts'

/**
 * Stacks middlewares, the outermost first, and gives the place for the handler. A stack is a middleware itself.
 *
 * The types carry what each adds to the request. One that needs `user` before another provides it does not compile, and
 * the compiler says which field is missing. What the first needs, the stack needs: an inner stack may begin with one that
 * needs `user`, and does not compile where nothing outside provides it.
 *
 * Composed once, when the handler is given: a request costs one call a middleware.
 *
 * @throws {TypeError} At the call, when a middleware or the handler is not a function.
 *
 * @example
 * import { type PassingMiddleware, stack, text, type HttpRequest } from '@sluice/stack'
 *
 * const named: PassingMiddleware<HttpRequest, { readonly name: string }> = (next) => (request) =>
 *   next({ ...request, name: request.headers.get('from') ?? 'stranger' })
 *
 * export const app = stack(named)(({ name }) => text(`hello, ${name}`))
 */
export function stack<Ms extends readonly unknown[]>(
  ...middlewares: Ms extends Placed<Ms> ? Ms : Placed<Ms>
): Stacked<Ms>
export function stack(...middlewares: readonly ((next: unknown) => unknown)[]): unknown {
  for (const [index, middleware] of middlewares.entries()) {
    checkFunction(middleware, `middleware ${index + 1}`)
  }
  return (handler: unknown) =>
    middlewares.reduceRight(
      (next, middleware) => middleware(next),
      checkFunction(handler, 'the handler'),
    )
}

const checkFunction = (found: unknown, what: string): unknown => {
  if (typeof found === 'function') return found
  throw new TypeError(`Cannot stack ${what}: found ${typeof found}, wanted a function`)
}
