import { checkBody, closeBodyQuietly } from '@sluice/body/engine'
import { closeSource } from './engine/close-source.ts'
import type { AnyFrame, Body } from '@sluice/body'

/** Anything that makes a body of a body. */
export type BodyFilter<I extends AnyFrame, O extends AnyFrame> = (body: Body<I>) => Body<O>

/**
 * Sends a body through filters, in order.
 *
 * Filters made by `filter` and `frameFilter` that stand next to each other run in one loop; any function from body to
 * body fits in between. However the result ends, the first body is closed exactly once: also if a generator was never
 * started, and if a filter throws at its call, whose error `pipe` throws. Nothing is read before the result is read.
 *
 * @throws {TypeError} At the call, if `body` is not one.
 *
 * @example
 * ```ts
 * import { readText, toBody } from '@sluice/body'
 * import { dropFlush, limitBytes, pipe } from '@sluice/filter'
 *
 * const body = pipe(toBody('hello'), limitBytes({ maxBytes: 5 }), dropFlush)
 * if ((await readText(body)) !== 'hello') throw new Error('not whole')
 * ```
 */
export function pipe<A extends AnyFrame>(body: Body<A>): Body<A>
export function pipe<A extends AnyFrame, B extends AnyFrame>(
  body: Body<A>,
  first: BodyFilter<A, B>,
): Body<B>
export function pipe<A extends AnyFrame, B extends AnyFrame, C extends AnyFrame>(
  body: Body<A>,
  first: BodyFilter<A, B>,
  second: BodyFilter<B, C>,
): Body<C>
export function pipe<
  A extends AnyFrame,
  B extends AnyFrame,
  C extends AnyFrame,
  D extends AnyFrame,
>(
  body: Body<A>,
  first: BodyFilter<A, B>,
  second: BodyFilter<B, C>,
  third: BodyFilter<C, D>,
): Body<D>
export function pipe<
  A extends AnyFrame,
  B extends AnyFrame,
  C extends AnyFrame,
  D extends AnyFrame,
  E extends AnyFrame,
>(
  body: Body<A>,
  first: BodyFilter<A, B>,
  second: BodyFilter<B, C>,
  third: BodyFilter<C, D>,
  fourth: BodyFilter<D, E>,
): Body<E>
export function pipe<
  A extends AnyFrame,
  B extends AnyFrame,
  C extends AnyFrame,
  D extends AnyFrame,
  E extends AnyFrame,
  G extends AnyFrame,
>(
  body: Body<A>,
  first: BodyFilter<A, B>,
  second: BodyFilter<B, C>,
  third: BodyFilter<C, D>,
  fourth: BodyFilter<D, E>,
  fifth: BodyFilter<E, G>,
): Body<G>
export function pipe<A extends AnyFrame>(
  body: Body<A>,
  ...filters: readonly BodyFilter<A, A>[]
): Body<A>
export function pipe(
  body: Body<AnyFrame>,
  ...filters: readonly BodyFilter<AnyFrame, AnyFrame>[]
): Body<AnyFrame> {
  checkBody(body)
  return filters.reduce((source, filter) => {
    try {
      return closeSource(filter(source), source)
    } catch (error) {
      closeBodyQuietly(source)
      throw error
    }
  }, body)
}
