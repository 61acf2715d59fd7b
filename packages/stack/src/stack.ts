import { attachParts, attachTraits, carry, joinStated, statedTraits } from '@sluice/body/engine'
import { checkFunction } from './check-handler.ts'
import { blocks } from './check-runs-here.ts'
import { findAmong } from './find-part.ts'
import { refuseWaiting } from './refuse-waiting.ts'
import type { Part, Traits } from '@sluice/body/engine'
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
 * All parts run in one place: a stack with a part that states `mode: 'blocking'` blocks, and every host refuses it at the start by the
 * name of that part. Give the stack what `blocking()` of `@sluice/blocking` makes of it, or stack in the module that `blocking()` runs.
 *
 * @throws {TypeError} At the call, if a middleware, the handler or what a middleware returns is not a function, or is an async
 * function beside a part that states `mode: 'blocking'` or `'process'`.
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
  const parts = middlewares.map((part, index) => ({ place: `middleware ${index + 1}`, part }))
  const joined = joinStated(...middlewares.map((part) => statedTraits(part) ?? {}))
  const place = (handler: unknown): unknown => {
    checkFunction(handler, 'stack the handler')
    const all: readonly Part[] = [...parts, { place: 'the handler', part: handler }]
    const composed = compose(middlewares, handler, all)
    return composed === handler ? handler : carryJoined(composed, joined, handler, all)
  }
  return attachParts(carry(place, 'stack', joined), parts)
}

const compose = (
  middlewares: readonly ((next: unknown) => unknown)[],
  handler: unknown,
  parts: readonly Part[],
): unknown => {
  const blocking = findAmong(parts, blocks)
  refuseWaiting(handler, parts[middlewares.length], blocking)
  return middlewares.reduceRight((next, middleware, index) => {
    const outer = middleware(next)
    checkFunction(outer, `use what middleware ${index + 1} returns as a handler`)
    refuseWaiting(outer, parts[index], blocking)
    return outer
  }, handler)
}

/** The body of a response begins at the handler: one that says nothing has no part in what becomes of it. */
const carryJoined = (
  composed: unknown,
  joined: Partial<Traits>,
  handler: unknown,
  parts: readonly Part[],
): unknown => {
  if (typeof composed !== 'function') return composed
  const ofHandler = statedTraits(handler)
  const record = ofHandler === undefined ? joined : joinStated(joined, ofHandler)
  // A copy: a middleware may give the same function to several stacks.
  const copy: (request: unknown) => unknown = composed.bind(undefined)
  return attachParts(attachTraits(copy, record), parts)
}
