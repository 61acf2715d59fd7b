import { data, fields, isData } from '@sluice/body'
import type { AnyFrame, Flush, Pause, Trailers } from '@sluice/body'
import type { ControlKind } from './options.ts'

/** How a source answers: at once, in a promise that is settled, or after a turn of the event loop. */
export type Answering = 'at once' | 'soon' | 'later'

/** What stands between bytes: a control frame, or data without bytes. */
export interface Mark {
  readonly kind: Exclude<ControlKind, 'trailers'> | 'empty'
  /** Before which byte it stands; beyond the last, at the end. */
  readonly at: number
  /** One of four of its kind. */
  readonly variant: number
}

/** A body to be given to a filter, and how it is given and read. */
export interface Script {
  readonly bytes: Uint8Array
  /** Before which bytes they are cut, in any order. */
  readonly cuts: readonly number[]
  readonly marks: readonly Mark[]
  readonly trailers: boolean
  /** How frames are answered, in turn. */
  readonly answers: readonly Answering[]
  /** What the source is: a body of ours, or no more than an async iterable. */
  readonly source: 'pull' | 'iterable'
  readonly reader: 'pull' | 'iterator'
}

/** Makes the frames whose outcome somebody watches. */
export interface FrameMakers {
  flush(index: number, variant: number): Flush
  pause(index: number, variant: number): Pause
}

/** The frames of a script. Bytes are copies: a filter that writes into them harms nobody else. */
export const framesOf = (script: Script, make: FrameMakers): readonly AnyFrame[] => {
  const { bytes } = script
  const frames: AnyFrame[] = []
  const cuts = [...new Set(script.cuts)].sort((a, b) => a - b)
  let from = 0
  const dataUpTo = (to: number) => {
    for (const place of [...cuts.filter((cut) => cut > from && cut < to), to]) {
      if (place > from) frames.push(data(bytes.slice(from, place)))
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
        frames.push(otherFrame(index, variant))
    }
  }
  dataUpTo(bytes.length)
  if (script.trailers) frames.push(trailers)
  return frames
}

const trailers: Trailers = { kind: 'trailers', fields: fields({ 'x-sum': 'a1' }) }

/** A frame of a kind that nobody knows; it may look like another in all but its kind. */
const otherFrame = (id: number, variant: number): OtherFrame => {
  switch (variant) {
    case 1:
      // For tables that are looked into by kind.
      return { kind: 'constructor', id }
    case 2:
      return { kind: 'bytes', id, bytes: encoder.encode('no data') }
    case 3:
      return { kind: 'wait', id, until: 'never', sent: 'no receipt', fields: [] }
    default:
      return { kind: 'progress', id }
  }
}

/** What other kinds have, with other meanings. */
interface OtherFrame extends AnyFrame {
  readonly id: number
  readonly bytes?: Uint8Array
  readonly until?: string
  readonly sent?: string
  readonly fields?: readonly string[]
}

const encoder = new TextEncoder()

/** `data` or the kind of control frame. */
export const kindOf = (frame: AnyFrame): ControlKind | 'data' => {
  if (isData(frame)) return 'data'
  const { kind } = frame
  return kind === 'flush' || kind === 'pause' || kind === 'trailers' ? kind : 'other'
}
