import { foundIn } from '../kinds.ts'

/**
 * What a filter, a middleware or a handler does to the bodies that pass through it.
 *
 * Each trait has its values from the best to the weakest. A part may do better than it says, and never worse: the laws of
 * `@sluice/laws` check that. One record describes both directions: a middleware that changes only responses has changed bytes.
 */
export interface Traits {
  /** `kept`: the bytes that leave are those that came, so that their length, `etag` and digests are still true. */
  readonly bytes: 'kept' | 'changed'
  /**
   * Whether bytes can be delivered as they come. `nothing`: all that a frame gives has left before the next one is asked for.
   * `bounded`: holds bytes up to a limit that does not grow with the body. `whole`: may hold all of them until the end.
   */
  readonly holds: 'nothing' | 'bounded' | 'whole'
  /**
   * `kept`: each flush leaves when it came, after what was derived from the data before it. `delayed`: it leaves later, or
   * joined with others, or before bytes that it should have let out. `lost`: some flushes do not leave.
   */
  readonly flush: 'kept' | 'delayed' | 'lost'
  /** Where it may run: on the event loop, on a thread that it may block, or in a process of its own. */
  readonly mode: 'async' | 'blocking' | 'process'
  /** Whether it may be called again before its last call, or the body that this gave, has ended. */
  readonly reentrant: boolean
}

/** Where a part carries its traits; the same symbol in every copy of this package. */
export const traitsKey: unique symbol = Symbol.for('sluice.traits')

/** The traits of a part that passes bodies on unchanged: of no parts joined, and of a middleware that touches no body. */
export const passingTraits: Traits = Object.freeze({
  bytes: 'kept',
  holds: 'nothing',
  flush: 'kept',
  mode: 'async',
  reentrant: true,
})

/**
 * Of what carries no traits: an unknown function may change bytes, hold all of them and lose flushes, and may keep state
 * between calls. Its `mode` is `async`: it may use anything of its thread, so it cannot run elsewhere.
 */
export const unknownTraits: Traits = Object.freeze({
  bytes: 'changed',
  holds: 'whole',
  flush: 'lost',
  mode: 'async',
  reentrant: false,
})

/** The better value has the lower rank. A value that is missing here does not compile. */
const ranks: { readonly [K in keyof Traits]: Readonly<Record<`${Traits[K]}`, number>> } = {
  bytes: { kept: 0, changed: 1 },
  holds: { nothing: 0, bounded: 1, whole: 2 },
  flush: { kept: 0, delayed: 1, lost: 2 },
  mode: { async: 0, blocking: 1, process: 2 },
  reentrant: { true: 0, false: 1 },
}

/**
 * The traits that a part carries, and `unknownTraits` if it carries none.
 *
 * What is missing in a carried record, or is not known to this version, is that of `unknownTraits`.
 *
 * @example
 * ```ts
 * import { limitBytes, traits } from '@sluice/filter'
 *
 * if (traits(limitBytes({ maxBytes: 1024 })).bytes !== 'kept') throw new Error('changed')
 * if (traits(() => {}).bytes !== 'changed') throw new Error('an unknown function may do anything')
 * ```
 */
export const traits = (part: unknown): Traits => statedTraits(part) ?? unknownTraits

/** As `traits`, and `undefined` if the part carries none. */
export const statedTraits = (part: unknown): Traits | undefined => {
  const isObject = (typeof part === 'object' && part !== null) || typeof part === 'function'
  if (!isObject || !(traitsKey in part)) return undefined
  const record: unknown = part[traitsKey]
  return isRecord(record) ? filledUp(record, unknownTraits) : undefined
}

/**
 * The traits of parts that a body passes through one after another: of each trait the weakest value.
 *
 * @example
 * ```ts
 * import { dropFlush, joinTraits, limitBytes, traits } from '@sluice/filter'
 *
 * const { bytes, flush } = joinTraits(traits(limitBytes({ maxBytes: 1024 })), traits(dropFlush))
 * if (bytes !== 'kept' || flush !== 'lost') throw new Error('the weakest part wins')
 * ```
 */
export const joinTraits = (...parts: readonly Traits[]): Traits =>
  parts.reduce(
    (one, other) => ({
      bytes: weaker(ranks.bytes, one.bytes, other.bytes),
      holds: weaker(ranks.holds, one.holds, other.holds),
      flush: weaker(ranks.flush, one.flush, other.flush),
      mode: weaker(ranks.mode, one.mode, other.mode),
      reentrant: one.reentrant && other.reentrant,
    }),
    passingTraits,
  )

/**
 * A function that does what `part` does and carries traits: those of `part`, and in their place those that are given.
 *
 * `part` itself is not changed. It is called without `this`, and properties of it are not carried over.
 *
 * @param stated Traits that are true of `part`; see `Traits`.
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
  return carry(part.bind(undefined), part.name, mergeTraits(traits(part), stated))
}

/** Gives a function that was made for it a name and traits. */
export const carry = <P extends (...args: never[]) => unknown>(
  part: P,
  name: string,
  record: Traits,
): P => attachTraits(Object.defineProperty(part, 'name', { value: name }), record)

/** As `carry`, without a name. An assignment, which is faster than defining the property. */
export const attachTraits = <P extends object>(part: P, record: Traits): P =>
  Object.assign(part, { [traitsKey]: record })

/** @throws {TypeError} When a trait or its value is not known. */
export const mergeTraits = (base: Traits, stated: Partial<Traits>): Traits => {
  const merged = filledUp(stated, base)
  for (const [name, value] of Object.entries(stated)) {
    const known: unknown = Reflect.get(merged, name)
    if (Object.hasOwn(merged, name) && known === value) continue
    const wanted = Object.entries(ranks).find(([each]) => each === name)?.[1] ?? ranks
    throw new TypeError(
      `Cannot use traits: found ${name}: ${String(value)}, wanted one of ${Object.keys(wanted).join(', ')}`,
    )
  }
  return merged
}

type Found = { readonly [K in keyof Traits]?: unknown }

const isRecord = (value: unknown): value is Found => typeof value === 'object' && value !== null

const filledUp = (found: Found, otherwise: Traits): Traits => ({
  bytes: isOneOf(ranks.bytes, found.bytes) ? found.bytes : otherwise.bytes,
  holds: isOneOf(ranks.holds, found.holds) ? found.holds : otherwise.holds,
  flush: isOneOf(ranks.flush, found.flush) ? found.flush : otherwise.flush,
  mode: isOneOf(ranks.mode, found.mode) ? found.mode : otherwise.mode,
  reentrant: typeof found.reentrant === 'boolean' ? found.reentrant : otherwise.reentrant,
})

const isOneOf = <V extends string>(
  values: Readonly<Record<V, number>>,
  value: unknown,
): value is V => typeof value === 'string' && Object.hasOwn(values, value)

const weaker = <V extends string>(values: Readonly<Record<V, number>>, one: V, other: V): V =>
  values[other] > values[one] ? other : one
