import { data, isData } from '@sluice/body'
import { fromPull, isPromiseLike, pullFrom } from '@sluice/body/engine'
import { filter, frameFilter } from '@sluice/filter'
import type { AnyFrame, Body, Data } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { LawOptions } from '@sluice/laws'

/** What passes between a source and its reader, for filters that are written without `filter`. */
export type AnyBody = Body<AnyFrame>
export type AnyPull = Pull<AnyFrame>
export type Got = AnyFrame | undefined
export type Step = (body: AnyBody) => AnyBody

/** A filter for the laws kit: one that breaks the law named, or that keeps all. */
export interface Sample {
  readonly name: string
  readonly make: () => Step
  readonly options?: LawOptions
}

export interface Mutant extends Sample {
  readonly law: number
  /** Other laws that cannot be kept beside it. */
  readonly also?: readonly number[]
}

/** Goes on with what a pull gave, at once where it is there at once. */
export const after = <T, R>(
  got: T | PromiseLike<T>,
  next: (value: T) => R | PromiseLike<R>,
): R | PromiseLike<R> => (isPromiseLike(got) ? got.then(next) : next(got))

/** A body made by hand of the pull of another. */
export const byHand =
  (make: (source: AnyPull) => AnyPull): Step =>
  (body) =>
    fromPull(() => make(pullFrom(body)), body.byteLength)

/** As `byHand`; how long the body becomes is not known. */
export const byHandOfAnyLength =
  (make: (source: AnyPull) => AnyPull): Step =>
  (body) =>
    fromPull(() => make(pullFrom(body)))

/** A hand-written filter that maps each frame. */
export const mapByHand = (makeMap: () => (frame: AnyFrame) => AnyFrame): Step =>
  byHand((source) => {
    const map = makeMap()
    return {
      pull: () => after(source.pull(), (got) => (got === undefined ? undefined : map(got))),
      close: () => source.close(),
    }
  })

export const onBytes = (map: (bytes: Uint8Array) => Uint8Array): Step =>
  filter('onBytes', () => ({ data: map }), { keepsLength: true })

export const onFrames = (makeMap: () => (frame: AnyFrame) => AnyFrame | undefined): Step =>
  frameFilter<never, AnyFrame>('onFrames', () => ({ frame: makeMap() }), { keepsLength: true })

export const onKind =
  (kind: string, map: (frame: AnyFrame) => AnyFrame | undefined): (() => Step) =>
  () =>
    onFrames(() => (frame) => (frame.kind === kind ? map(frame) : frame))

const known = ['data', 'flush', 'pause', 'trailers']
export const isOther = (frame: AnyFrame): boolean => !known.includes(frame.kind)

export const mapData = (frame: AnyFrame, map: (bytes: Uint8Array) => Uint8Array): AnyFrame =>
  isData(frame) ? data(map(frame.bytes)) : frame

export const inverted = (bytes: Uint8Array): Uint8Array =>
  Uint8Array.from(bytes, (byte) => byte ^ 255)

export const dataIn = (frames: readonly AnyFrame[]): readonly Data[] => frames.filter(isData)
