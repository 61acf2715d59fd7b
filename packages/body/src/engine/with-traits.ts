import { foundIn } from '../kinds.ts'
import { attachParts, partsOf } from './parts.ts'
import { mergeTraits, statedTraits, traitsKey } from './traits.ts'
import type { Traits } from './traits.ts'

/**
 * A function that does what `part` does and carries traits: those of `part`, and in their place those that are given.
 *
 * `part` itself is not changed. It is called without `this`, and of its properties only its parts are carried over.
 *
 * @param stated Traits that are true of `part`; see `Traits`. All that the record has counts as stated: that of `traits(other)` states
 * `reentrant: false` if `other` says nothing, and hosts refuse that. What `other` states is in `statedTraits` of `@sluice/body/engine`.
 * @throws {TypeError} At the call, when a trait or its value is not known.
 *
 * @example
 * ```ts
 * import { passingTraits, traits, withTraits, type PassingMiddleware } from '@sluice/stack'
 *
 * const logs: PassingMiddleware = (next) => (request) => next(request)
 * export const logged = withTraits(passingTraits, logs)
 * if (traits(logged).bytes !== 'kept' || traits(logs).bytes !== 'changed') throw new Error('not said')
 * ```
 */
export function withTraits<P extends (...args: never[]) => unknown>(
  stated: Partial<Traits>,
  part: P,
): P
export function withTraits(stated: Partial<Traits>, part: (...args: never[]) => unknown): unknown {
  if (typeof part !== 'function')
    throw new TypeError(
      `Cannot use traits: found ${foundIn(part)}, wanted a function to carry them`,
    )
  const record = mergeTraits(statedTraits(part) ?? {}, stated)
  return attachParts(carry(part.bind(undefined), part.name, record), partsOf(part))
}

/** Gives a function that was made for it a name and traits. */
export const carry = <P extends (...args: never[]) => unknown>(
  part: P,
  name: string,
  record: Partial<Traits>,
): P => attachTraits(Object.defineProperty(part, 'name', { value: name }), record)

/** As `carry`, without a name. An assignment, which is faster than defining the property. */
export const attachTraits = <P extends object>(part: P, record: Partial<Traits>): P =>
  Object.assign(part, { [traitsKey]: record })
