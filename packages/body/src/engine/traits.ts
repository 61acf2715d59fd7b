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
  /**
   * The least that it needs of the place where it runs. `async`: any thread, and it does not block that. `blocking`: a thread that
   * it may block. `process`: a process of its own.
   *
   * All parts of a stack run in one place, so that the most demanding part decides. A host runs handlers on its event loop, and
   * refuses at the start what needs more. An `async` part may stand in a stack that blocks, and there it has to answer at once:
   * blocked code does not wait for a promise. So a stack refuses an async function beside a part that blocks.
   */
  readonly mode: 'async' | 'blocking' | 'process'
  /**
   * Whether it may be called again before its last call, or the body that this gave, has ended. A host calls a handler for
   * several requests at once, and refuses at the start a part that states `false`.
   */
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
 * between calls. Its `mode` is `async`: most functions do not block. Hosts refuse no part for what it does not state; a part that is
 * given this record, or a copy, states all of it.
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
 * The traits of a part: those that it states, and those of `unknownTraits` for what it does not.
 *
 * A value that is not known to this version counts as not stated.
 *
 * @example
 * ```ts
 * import { limitBytes, traits } from '@sluice/filter'
 *
 * if (traits(limitBytes({ maxBytes: 1024 })).bytes !== 'kept') throw new Error('changed')
 * if (traits(() => {}).bytes !== 'changed') throw new Error('an unknown function may do anything')
 * ```
 */
export const traits = (part: unknown): Traits => {
  const record = recordOf(part)
  return record === undefined ? unknownTraits : filledUp(record)
}

/** Only what a part states itself; `undefined` if it carries no record of traits. */
export const statedTraits = (part: unknown): Partial<Traits> | undefined => {
  const record = recordOf(part)
  return record === undefined ? undefined : knownOf(record)
}

const recordOf = (part: unknown): Found | undefined => {
  const isObject = (typeof part === 'object' && part !== null) || typeof part === 'function'
  if (!isObject || !(traitsKey in part)) return undefined
  const record: unknown = part[traitsKey]
  return isRecord(record) ? record : undefined
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
 * As `joinTraits`, of what parts state. A part that does not say whether it is reentrant is not made to state that it is not: hosts
 * refuse what is stated.
 */
export const joinStated = (...parts: readonly Partial<Traits>[]): Partial<Traits> => {
  const { reentrant, ...joined } = joinTraits(...parts.map(filledUp))
  const isStated = reentrant || parts.some((part) => part.reentrant === false)
  return isStated ? { ...joined, reentrant } : joined
}

/**
 * What is stated, in place of what `base` states.
 *
 * @throws {TypeError} When a trait or its value is not known.
 */
export const mergeTraits = (base: Partial<Traits>, stated: Partial<Traits>): Partial<Traits> => {
  const merged = { ...base, ...knownOf(stated) }
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

const filledUp = (found: Found): Traits => ({
  bytes: isOneOf(ranks.bytes, found.bytes) ? found.bytes : unknownTraits.bytes,
  holds: isOneOf(ranks.holds, found.holds) ? found.holds : unknownTraits.holds,
  flush: isOneOf(ranks.flush, found.flush) ? found.flush : unknownTraits.flush,
  mode: isOneOf(ranks.mode, found.mode) ? found.mode : unknownTraits.mode,
  reentrant: typeof found.reentrant === 'boolean' ? found.reentrant : unknownTraits.reentrant,
})

const knownOf = (found: Found): Partial<Traits> => ({
  ...(isOneOf(ranks.bytes, found.bytes) ? { bytes: found.bytes } : {}),
  ...(isOneOf(ranks.holds, found.holds) ? { holds: found.holds } : {}),
  ...(isOneOf(ranks.flush, found.flush) ? { flush: found.flush } : {}),
  ...(isOneOf(ranks.mode, found.mode) ? { mode: found.mode } : {}),
  ...(typeof found.reentrant === 'boolean' ? { reentrant: found.reentrant } : {}),
})

const isOneOf = <V extends string>(
  values: Readonly<Record<V, number>>,
  value: unknown,
): value is V => typeof value === 'string' && Object.hasOwn(values, value)

const weaker = <V extends string>(values: Readonly<Record<V, number>>, one: V, other: V): V =>
  values[other] > values[one] ? other : one
