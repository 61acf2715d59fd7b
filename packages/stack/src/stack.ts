import { checkFunction } from './check-handler.ts'
import type { Placed, Stacked } from './stacked.ts'

/**
 * Stacks middlewares, the outermost first. Call the stack with a handler to get the handler around it. A stack is a middleware.
 *
 * The types carry what each adds to the request. A middleware that needs `user` does not compile before the one that provides it,
 * and the compiler says which field is missing. What the first needs, the stack needs: an inner stack may begin with a middleware
 * that needs `user`, and compiles only if something outside provides it.
 *
 * Composed once, when the handler is given: a request costs one call a middleware.
 *
 * @throws {TypeError} At the call, if a middleware, the handler or what a middleware returns is not a function.
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
  for (const [index, middleware] of middlewares.entries())
    checkFunction(middleware, `stack middleware ${index + 1}`)
  return (handler: unknown) => {
    checkFunction(handler, 'stack the handler')
    return middlewares.reduceRight((next, middleware, index) => {
      const outer = middleware(next)
      checkFunction(outer, `use what middleware ${index + 1} returns as a handler`)
      return outer
    }, handler)
  }
}
