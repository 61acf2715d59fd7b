import { iteratePull, pullFrom, pulling } from '@sluice/body'
import { fusedPull } from './fused-pull.ts'
import { ByteStage, FrameStage } from './stage.ts'
import type { AnyFrame, Body, Pull, PullBody } from '@sluice/body'
import type { Stage } from './stage.ts'
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
  /** Whether the filter gives as many bytes as it takes, so that a known `byteLength` stays; `false` by default. */
  readonly keepsLength?: boolean
}

/**
 * Makes a filter from what it does to bytes.
 *
 * Flush, pause, trailers and unknown kinds are not its author's care: the engine lets go what is held, by `release`,
 * and passes them on in order. `makeSteps` is called once a body, when the first frame is asked for, so that state lives
 * in it. Neighbouring filters run in one loop; a frame that is there at once costs no promise. Closes the source and
 * every filter on it once, however the body ends.
 *
 * @param name Shown as the function's name.
 * @param options.keepsLength Whether as many bytes leave as come; `false` by default.
 *
 * @example
 * ```ts
 * import { text, toBody } from '@sluice/body'
 * import { filter } from '@sluice/filter'
 *
 * const upperCase = filter('upperCase', () => ({
 *   data: (bytes) => bytes.map((byte) => (byte >= 97 && byte <= 122 ? byte - 32 : byte)),
 * }))
 * if ((await text(upperCase(toBody('loud')))) !== 'LOUD') throw new Error('not loud')
 * ```
 */
export const filter = (
  name: string,
  makeSteps: () => ByteSteps,
  { keepsLength = false }: FilterOptions = {},
): Filter => {
  const makeStage = () => new ByteStage(makeSteps())
  return named(name, (body) => FusedBody.on(body, makeStage, keepsLength))
}

/**
 * Makes a filter from what it does to frames of every kind, for those that have to see or make control frames.
 *
 * It answers for each frame: what it does not give back is gone. `Removed` and `Added` tell the types what it does to
 * the set of kinds. Everything else is as with `filter`.
 *
 * @param options.keepsLength Whether as many bytes leave as come; `false` by default.
 *
 * @example
 * ```ts
 * import { text, toBody, type Trailers } from '@sluice/body'
 * import { frameFilter } from '@sluice/filter'
 *
 * const withoutTrailers = frameFilter<Trailers>('withoutTrailers', () => ({
 *   frame: (frame) => (frame.kind === 'trailers' ? undefined : frame),
 * }))
 * if ((await text(withoutTrailers(toBody('kept')))) !== 'kept') throw new Error('lost')
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
  { keepsLength = false }: FilterOptions = {},
): Filter {
  const makeStage = () => new FrameStage(makeSteps())
  return named(name, (body) => FusedBody.on(body, makeStage, keepsLength))
}

const named = (name: string, apply: Filter): Filter =>
  Object.defineProperty(apply, 'name', { value: name })

/** A body with filters on it. A filter on that is one more stage of the same loop. */
class FusedBody<F extends AnyFrame> implements PullBody<F> {
  readonly byteLength: number | undefined
  readonly #source: Body<F>
  readonly #makers: readonly (() => Stage)[]

  private constructor(
    source: Body<F>,
    makers: readonly (() => Stage)[],
    byteLength: number | undefined,
  ) {
    this.#source = source
    this.#makers = makers
    this.byteLength = byteLength
  }

  static on<F extends AnyFrame>(
    body: Body<F>,
    makeStage: () => Stage,
    keepsLength: boolean,
  ): Body<F> {
    const byteLength = keepsLength ? body.byteLength : undefined
    return FusedBody.#isFused(body)
      ? new FusedBody(body.#source, [...body.#makers, makeStage], byteLength)
      : new FusedBody(body, [makeStage], byteLength)
  }

  static #isFused<F extends AnyFrame>(body: Body<F>): body is FusedBody<F> {
    return #makers in body
  }

  [pulling](): Pull<F> {
    return fusedPull(pullFrom(this.#source), this.#makers)
  }

  [Symbol.asyncIterator](): AsyncIterator<F> {
    return iteratePull(this[pulling]())
  }
}
