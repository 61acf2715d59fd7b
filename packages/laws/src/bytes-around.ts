import { concat, isData } from '@sluice/body'
import { observe } from './observe.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Doing, Observation } from './observation.ts'
import type { ControlKind } from './options.ts'

/** A control frame that can stand between bytes. */
export type Passing = Exclude<ControlKind, 'trailers'>

/** The bytes before and after a control frame in what left. */
export interface BytesAround {
  readonly seen: Observation
  readonly before: Uint8Array
  readonly after: Uint8Array
}

/** Gives a body with a control frame after its bytes. Returns `undefined` if the frame does not leave: another check reports it. */
export const bytesAround = async (
  under: FilterUnderTest,
  doing: Doing,
  kind: Passing,
): Promise<BytesAround | undefined> => {
  const marks = [{ kind, at: doing.bytes.length, variant: 0 }]
  const seen = await observe(under, { ...doing, marks })
  const index = seen.left.findIndex(({ kind: found, from }) => found === kind && from.length > 0)
  const at = index >= 0 ? index : seen.left.findIndex((each) => each.kind === kind)
  if (at < 0) return undefined
  const bytesOf = (from: number, to?: number) =>
    concat(seen.left.slice(from, to).flatMap(({ frame }) => (isData(frame) ? [frame.bytes] : [])))
  return { seen, before: bytesOf(0, at), after: bytesOf(at) }
}

/** A kind that the filter passes on, and before which it releases what it holds. */
export const passingKind = (under: FilterUnderTest): Passing | undefined => {
  const kinds: readonly Passing[] = ['flush', 'pause', 'other']
  return kinds.find(
    (kind) =>
      !under.refuses.has(kind) &&
      !under.drops.has(kind) &&
      !(kind === 'flush' && under.delaysFlush),
  )
}
