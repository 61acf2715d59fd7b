import { attachTraits, carry, joinTraits, statedTraits, traits } from '@sluice/body/engine'
import { checkFunction } from './check-handler.ts'
import type { Traits } from '@sluice/body/engine'
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
 * A stack, and the handler that it gives, carry the traits of all parts: of each trait the weakest value. A middleware that
 * carries none counts as unknown (`unknownTraits`); a handler that carries none adds nothing, since its response begins there.
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
  const joined = joinTraits(...middlewares.map(traits))
  const place = (handler: unknown): unknown => {
    checkFunction(handler, 'stack the handler')
    const composed = middlewares.reduceRight((next, middleware, index) => {
      const outer = middleware(next)
      checkFunction(outer, `use what middleware ${index + 1} returns as a handler`)
      return outer
    }, handler)
    return composed === handler ? handler : carryJoined(composed, joined, statedTraits(handler))
  }
  return carry(place, 'stack', joined)
}

/** The body of a response begins at the handler: one that says nothing has no part in what becomes of it. */
const carryJoined = (composed: unknown, joined: Traits, ofHandler: Traits | undefined): unknown => {
  if (typeof composed !== 'function') return composed
  const record = ofHandler === undefined ? joined : joinTraits(joined, ofHandler)
  // A copy: a middleware may give the same function to several stacks.
  const handler: (request: unknown) => unknown = composed.bind(undefined)
  return attachTraits(handler, record)
}
