import { data, fields, isData, noFields } from '@sluice/body'
import type { AnyFrame, Fields, Flush, Pause, Trailers } from '@sluice/body'
import type { Memory, MemoryKind } from './memory.ts'
import type { ControlKind } from './options.ts'

/** How a source answers: at once, in a promise or a thenable that is settled, or after a turn of the event loop. */
export type Answering = 'at once' | 'soon' | 'by a thenable' | 'later'

/** A frame between bytes: a control frame, or data without bytes. */
export interface Mark {
  readonly kind: Exclude<ControlKind, 'trailers'> | 'empty'
  /** The index of the byte after it; beyond the last, it comes at the end. */
  readonly at: number
  /** Which form of its kind it has. */
  readonly variant: number
}

/** A body to be given to a filter, and how it is given and read. */
export interface Script {
  readonly bytes: Uint8Array
  /** The indices of the first bytes after each cut, in any order. */
  readonly cuts: readonly number[]
  readonly marks: readonly Mark[]
  readonly trailers: boolean
  /** Which fields the trailers have. */
  readonly fields: number
  readonly memory: MemoryKind
  /** Whether the source knows its `byteLength`. */
  readonly sized: boolean
  /** How the source answers one pull after another; starts over at the end. */
  readonly answers: readonly Answering[]
  /** What the source is: a body with the pull protocol, only an async iterable, or one without `return()` (`bare`). */
  readonly source: 'pull' | 'iterable' | 'bare'
  readonly reader: 'pull' | 'iterator'
}

/** Makes control frames, so that the caller can watch what happens to them. */
export interface FrameMakers {
  flush(index: number, variant: number): Flush
  pause(index: number, variant: number): Pause
  other(index: number, variant: number): AnyFrame
}

/** The frames of a script. Bytes are copies, since a filter may write into them. */
export const framesOf = (
  script: Script,
  make: FrameMakers,
  memory: Memory,
): readonly AnyFrame[] => {
  const { bytes } = script
  const frames: AnyFrame[] = []
  const cuts = [...new Set(script.cuts)].sort((a, b) => a - b)
  let from = 0
  const dataUpTo = (to: number) => {
    for (const place of [...cuts.filter((cut) => cut > from && cut < to), to]) {
      if (place > from) frames.push(data(memory.place(bytes.subarray(from, place))))
      from = Math.max(from, place)
    }
  }
  for (const { kind, at, variant } of script.marks.toSorted((a, b) => a.at - b.at)) {
    dataUpTo(Math.min(at, bytes.length))
    const index = frames.length
    switch (kind) {
      case 'empty':
        frames.push(data(new Uint8Array()))
        break
      case 'flush':
        frames.push(make.flush(index, variant))
        break
      case 'pause':
        frames.push(make.pause(index, variant))
        break
      case 'other':
        frames.push(make.other(index, variant))
    }
  }
  dataUpTo(bytes.length)
  if (script.trailers) frames.push(trailersOf(script.fields))
  memory.seal()
  return frames
}

/** Fields of trailers. None may be lost, joined, changed or moved. */
const trailerLists: readonly Fields[] = [
  fields({ 'x-sum': 'a1' }),
  noFields,
  fields([
    ['X-B', 'Two, Three'],
    ['x-a', 'One'],
    ['x-empty', ''],
    ['x-b', 'Four'],
  ]),
  fields(Array.from({ length: 24 }, (_, index) => [`x-${(index * 7) % 24}`, `${index}`] as const)),
]

export const trailerForms: number = trailerLists.length

const trailersOf = (variant: number): Trailers => ({
  kind: 'trailers',
  fields: trailerLists[variant % trailerForms] ?? noFields,
})

/** `data` or the kind of control frame. */
export const kindOf = (frame: AnyFrame): ControlKind | 'data' => {
  if (isData(frame)) return 'data'
  const { kind } = frame
  return kind === 'flush' || kind === 'pause' || kind === 'trailers' ? kind : 'other'
}
