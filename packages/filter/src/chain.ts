import { attachParts, carry, joinStated, statedTraits } from '@sluice/body/engine'
import { pipe } from './pipe.ts'
import type { AnyFrame } from '@sluice/body'
import type { Filter } from './filter.ts'
import type { BodyFilter } from './pipe.ts'

/**
 * Makes one filter of several, in order, with the traits of all: of each trait the weakest value.
 *
 * What it does is what `pipe` does. A plain function around `pipe` does the same and carries no traits.
 *
 * @example
 * ```ts
 * import { chain, limitBytes, mapText, traits } from '@sluice/filter'
 *
 * export const short = chain(limitBytes({ maxBytes: 1024 }), mapText((part) => part.trim()))
 * if (traits(short).holds !== 'bounded') throw new Error('mapText holds half a character')
 * ```
 */
export function chain<A extends AnyFrame, B extends AnyFrame>(
  first: BodyFilter<A, B>,
): BodyFilter<A, B>
export function chain<A extends AnyFrame, B extends AnyFrame, C extends AnyFrame>(
  first: BodyFilter<A, B>,
  second: BodyFilter<B, C>,
): BodyFilter<A, C>
export function chain<
  A extends AnyFrame,
  B extends AnyFrame,
  C extends AnyFrame,
  D extends AnyFrame,
>(first: BodyFilter<A, B>, second: BodyFilter<B, C>, third: BodyFilter<C, D>): BodyFilter<A, D>
export function chain(...filters: readonly Filter[]): Filter
export function chain<A extends AnyFrame>(...filters: readonly BodyFilter<A, A>[]): BodyFilter<A, A>
export function chain(
  ...filters: readonly BodyFilter<AnyFrame, AnyFrame>[]
): BodyFilter<AnyFrame, AnyFrame> {
  const record = joinStated(...filters.map((part) => statedTraits(part) ?? {}))
  const parts = filters.map((part, index) => ({ place: `filter ${index + 1}`, part }))
  return attachParts(
    carry((body) => pipe(body, ...filters), 'chain', record),
    parts,
  )
}
