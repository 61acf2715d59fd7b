import type { BlockingRelease } from './types.ts'

// A mark is a place among the data. It says which kind of frame the loop holds there, so that a filter knows why it releases.

const reasons: readonly BlockingRelease[] = ['flush', 'pause', 'trailers', 'other']

const marks: ReadonlyMap<string, Uint8Array> = new Map(
  reasons.map((reason, index) => [reason, Uint8Array.of(index)]),
)

const otherMark = Uint8Array.of(reasons.indexOf('other'))

/** The bytes of the mark for a frame of this kind. */
export const markOf = (kind: string): Uint8Array => marks.get(kind) ?? otherMark

export const releaseOf = (mark: Uint8Array): BlockingRelease => reasons[mark[0] ?? 0] ?? 'other'
