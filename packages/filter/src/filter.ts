import { carry, mergeTraits } from '@sluice/body/engine'
import { fuse } from './engine/fused-body.ts'
import { ByteStage, FrameStage } from './engine/stage.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { Traits } from '@sluice/body/engine'
import type { Stage } from './engine/stage.ts'
import type { ByteSteps, FrameSteps } from './steps.ts'

/** A filter that passes every kind of frame: a function from body to body. */
export type Filter = <F extends AnyFrame>(body: Body<F>) => Body<F>

/** A filter after which frames of the kinds `Removed` do not come, and of the kinds `Added` may. */
export type FrameFilter<Removed extends AnyFrame = never, Added extends AnyFrame = never> = <
  F extends AnyFrame,
>(
  body: Body<F>,
) => Body<Exclude<F, Removed> | Added>

export interface FilterOptions {
  /** What the filter does to bodies, as far as it is better than that of an unknown function; see `Traits`. */
  readonly traits?: Partial<Traits>
  /** Whether a filter that changes bytes gives as many as it takes, so that a known `byteLength` stays; `false` by default. */
  readonly keepsLength?: boolean
}

/**
 * Makes a filter from what it does to bytes.
 *
 * Its author need not handle flush, pause, trailers and unknown kinds: the engine calls `release` for what is held, and then
 * passes them on in order. `makeSteps` is called once for each body, when the first frame is asked for; keep state in it.
 * Neighbouring filters run in one loop; a frame that is there at once costs no promise. The source and every filter on it
 * are closed exactly once, however the body ends.
 *
 * @param name Shown as the function's name. Not in error messages: errors of steps pass unchanged.
 * @param options.traits `bytes: 'changed'`, `holds: 'whole'`, `flush: 'kept'`, `mode: 'async'`, `reentrant: false` by default.
 * Hosts refuse a filter that states another `mode`, or `reentrant: false`, itself; the defaults are not refused.
 * @param options.keepsLength Whether as many bytes leave as come, if others do; `false` by default.
 * @throws {TypeError} At the call, when a trait or its value is not known.
 *
 * @example
 * ```ts
 * import { readText, toBody } from '@sluice/body'
 * import { filter } from '@sluice/filter'
 *
 * const upperCase = filter('upperCase', () => ({
 *   data: (bytes) => bytes.map((byte) => (byte >= 97 && byte <= 122 ? byte - 32 : byte)),
 * }), { traits: { holds: 'nothing', reentrant: true }, keepsLength: true })
 * if ((await readText(upperCase(toBody('loud')))) !== 'LOUD') throw new Error('not loud')
 * ```
 */
export const filter = (
  name: string,
  makeSteps: () => ByteSteps,
  options: FilterOptions = {},
): Filter => fusing(name, () => new ByteStage(makeSteps()), byteTraits, options)

/** Steps on bytes never see a flush, so that they cannot lose it. */
const byteTraits: Partial<Traits> = { flush: 'kept' }

/**
 * Makes a filter from what it does to frames of every kind, for filters that see or make control frames.
 *
 * A frame that it does not give back is gone. `Removed` and `Added` say which kinds no longer come and which may. Everything
 * else is as with `filter`.
 *
 * @param options.traits By default those of an unknown function.
 * @param options.keepsLength Whether as many bytes leave as come, if others do; `false` by default.
 * @throws {TypeError} At the call, when a trait or its value is not known.
 *
 * @example
 * ```ts
 * import { readText, toBody, type Trailers } from '@sluice/body'
 * import { frameFilter } from '@sluice/filter'
 *
 * const withoutTrailers = frameFilter<Trailers>('withoutTrailers', () => ({
 *   frame: (frame) => (frame.kind === 'trailers' ? undefined : frame),
 * }))
 * if ((await readText(withoutTrailers(toBody('kept')))) !== 'kept') throw new Error('lost')
 * ```
 */
export function frameFilter<Removed extends AnyFrame = never, Added extends AnyFrame = never>(
  name: string,
  makeSteps: () => FrameSteps,
  options?: FilterOptions,
): FrameFilter<Removed, Added>
export function frameFilter(
  name: string,
  makeSteps: () => FrameSteps,
  options: FilterOptions = {},
): Filter {
  return fusing(name, () => new FrameStage(makeSteps()), {}, options)
}

const fusing = (
  name: string,
  makeStage: () => Stage,
  known: Partial<Traits>,
  { traits = {}, keepsLength = false }: FilterOptions,
): Filter => {
  const stated = mergeTraits(known, traits)
  const keepsBytes = keepsLength || stated.bytes === 'kept'
  return carry((body) => fuse(body, makeStage, keepsBytes), name, stated)
}
