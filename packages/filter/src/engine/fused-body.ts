import { iteratePull, pullFrom, pulling } from '@sluice/body/engine'
import { fusedPull } from './fused-pull.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { Pull, PullBody } from '@sluice/body/engine'
import type { Stage } from './stage.ts'

/** A body with one more filter. `makeStage` makes its stage when the body is read. */
export const fuse = <F extends AnyFrame>(
  body: Body<F>,
  makeStage: () => Stage,
  keepsLength: boolean,
): Body<F> => FusedBody.on(body, makeStage, keepsLength)

/** Whether `body` reads `source`, or the body that the filters of `source` read: reading it then closes `source`. */
export const readsDirectly = (body: Body<AnyFrame>, source: Body<AnyFrame>): boolean =>
  FusedBody.reads(body, source)

/** A body with filters. Another filter becomes one more stage of the same loop. */
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

  static reads(body: Body<AnyFrame>, source: Body<AnyFrame>): boolean {
    if (!FusedBody.#isFused(body)) return false
    return body.#source === (FusedBody.#isFused(source) ? source.#source : source)
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
