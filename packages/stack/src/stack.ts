import type { Handler, HttpRequest, HttpResponse } from './http.ts'

/** Any middleware, for the bound of a type parameter. */
type AnyMiddleware = (next: Handler<unknown, never>) => Handler<never, unknown>

type Takes<M> = M extends (next: Handler<infer _Q2, infer _R2>) => Handler<infer Q, infer _R>
  ? Q
  : never
type Answers<M> = M extends (next: Handler<infer _Q2, infer _R2>) => Handler<infer _Q, infer R>
  ? R
  : never
type Expects<M> = M extends (next: Handler<infer _Q2, infer R2>) => Handler<infer _Q, infer _R>
  ? R2
  : never

/** What the next handler sees when `M` is given requests `In`: what `M` promises, with what it passes on of `In`. */
type Gives<In, M> = M extends (next: Handler<infer Q2, infer R2>) => Handler<infer _Q, infer R>
  ? M extends (next: Handler<In & Q2, R2>) => Handler<In, R>
    ? In & Q2
    : Q2
  : never

/** The middlewares as they stand, with a sentence in the place of the first that cannot stand where it does. */
type Placed<In, Ms extends readonly unknown[], Expected = unknown> = Ms extends readonly [
  infer M,
  ...infer Rest,
]
  ? In extends Takes<M>
    ? Answers<M> extends Expected
      ? readonly [M, ...Placed<Gives<In, M>, Rest, Expects<M>>]
      : readonly ['this middleware answers what the one before it does not expect', ...Rest]
    : readonly [Misplaced<Takes<M>, In>, ...Rest]
  : readonly []

type Misplaced<Needs, In> =
  `this middleware needs ${Exclude<keyof Needs, keyof In> & string}, which none before it provides`

type FirstRequest<Ms extends readonly unknown[]> = Ms extends readonly [infer M, ...infer _]
  ? Takes<M>
  : HttpRequest

type FirstResponse<Ms extends readonly unknown[]> = Ms extends readonly [infer M, ...infer _]
  ? Answers<M>
  : HttpResponse

type LastRequest<In, Ms extends readonly unknown[]> = Ms extends readonly [infer M, ...infer Rest]
  ? LastRequest<Gives<In, M>, Rest>
  : In

type LastResponse<Ms extends readonly unknown[]> = Ms extends readonly [...infer _, infer M]
  ? Expects<M>
  : HttpResponse

/**
 * Stacks middlewares, the outermost first, and gives the place for the handler. A stack is a middleware itself.
 *
 * The types carry what each adds to the request. One that needs `user` before another provides it does not compile, and
 * the compiler says which field is missing. Composed once, here: a request costs one call a middleware.
 *
 * @example
 * import { type PassingMiddleware, stack, text, type HttpRequest } from '@sluice/stack'
 *
 * const named: PassingMiddleware<HttpRequest, { readonly name: string }> = (next) => (request) =>
 *   next({ ...request, name: request.headers.get('from') ?? 'stranger' })
 *
 * export const app = stack(named)(({ name }) => text(`hello, ${name}`))
 */
export function stack<const Ms extends readonly AnyMiddleware[]>(
  ...middlewares: Ms & Placed<FirstRequest<Ms>, Ms>
): (
  handler: Handler<LastRequest<FirstRequest<Ms>, Ms>, LastResponse<Ms>>,
) => Handler<FirstRequest<Ms>, FirstResponse<Ms>>
export function stack(...middlewares: readonly ((next: unknown) => unknown)[]): unknown {
  return (handler: unknown) =>
    middlewares.reduceRight((next, middleware) => middleware(next), handler)
}
