import { breathe, concat, isData, isFlush } from '@sluice/body'
import { describeError, describeFrames, describeWay } from './describe.ts'
import { Receipts } from './receipts.ts'
import { framesOf, kindOf } from './script.ts'
import { Source } from './source.ts'
import type { AnyFrame } from '@sluice/body'
import type { Seen } from './broken.ts'
import type { ControlKind } from './options.ts'
import type { Script } from './script.ts'
import type { SourcePlan } from './source.ts'

/** A script, and what happens while it is given. */
export interface Doing extends Script, Pick<SourcePlan, 'failure' | 'stallsAt'> {
  /** The source gives so many of the frames; else all. */
  readonly gives?: number
  /** The reader leaves when it has so many frames; else it reads to the end. */
  readonly leavesAfter?: number
  /** The kind that has to leave although the source stalls. */
  readonly wants?: ControlKind
  /** What pauses wait for. */
  readonly until?: PromiseLike<unknown>
  /** Whether the reader lets some time pass after each frame. */
  readonly rests?: boolean
}

/** A frame that has left, behind so many bytes, and the given frames that it stands for: none where it is data or made up. */
export interface Left {
  readonly frame: AnyFrame
  readonly kind: ControlKind | 'data'
  readonly at: number
  readonly from: readonly number[]
}

export type End =
  | { readonly kind: 'end' | 'left' | 'stalled' | 'late' }
  | { readonly kind: 'failed'; readonly error: unknown }

/** What was given to a filter, and what became of it. */
export class Observation implements Seen {
  readonly doing: Doing
  /** What the source has to give. */
  readonly given: readonly AnyFrame[]
  readonly source: Source
  readonly receipts: Receipts = new Receipts()
  readonly left: Left[] = []
  /** Of the data frames that have left, in bytes. */
  readonly sizes: number[] = []
  end: End = { kind: 'late' }
  /** What the reader was given when it asked again after the end, an error or its leaving, which should be nothing. */
  readonly after: string[] = []
  byteLength: number | undefined
  /** Whether the filtered body has the pull protocol. */
  offersPull = false
  /** How often the source had been closed before it answered a pull that was pending. */
  closesAtStall = 0
  /** How often the source was closed; a reader that closes twice may be passed on, and is not counted. */
  closes = 0
  /** What went wrong when the reader closed the body. */
  closeFailure: string | undefined
  #offset = 0

  constructor(doing: Doing) {
    this.doing = doing
    const frames = framesOf(doing, {
      flush: (index, variant) => this.receipts.make(index, variant),
      pause: (_, variant) => ({ kind: 'pause', until: doing.until ?? untilOf(variant) }),
    })
    this.given = frames.slice(0, doing.gives)
    this.source = new Source({ ...doing, frames: this.given, byteLength: doing.bytes.length })
  }

  get bytes(): Uint8Array {
    return concat(this.left.flatMap(({ frame }) => (isData(frame) ? [frame.bytes] : [])))
  }

  get givenText(): string {
    const { failure, stallsAt, leavesAfter } = this.doing
    const words = describeFrames(this.given.slice(0, stallsAt))
    if (stallsAt !== undefined) words.push('nothing for long')
    else words.push(failure === undefined ? 'end' : 'error')
    const left = leavesAfter === undefined ? '' : `; the reader leaves after ${leavesAfter} frames`
    return `${words.join(' | ')}${left}${describeWay(this.doing)}`
  }

  get leftText(): string {
    const words = describeFrames(this.left.map(({ frame }) => frame))
    const { end } = this
    words.push(end.kind === 'failed' ? describeError(end.error) : endTexts[end.kind])
    for (const again of this.after) words.push(`then ${again}`)
    return words.join(' | ')
  }

  /** Adds a frame that has left; a flush is told so, as a server does. */
  take(frame: AnyFrame): void {
    this.left.push({ frame, kind: kindOf(frame), at: this.#offset, from: this.#originOf(frame) })
    if (!isData(frame)) return
    if (frame.bytes.length > 0) this.sizes.push(frame.bytes.length)
    this.#offset += frame.bytes.length
    this.source.bytesOut = this.#offset
  }

  #originOf(frame: AnyFrame): readonly number[] {
    if (isData(frame)) return []
    const told = isFlush(frame) ? this.receipts.tell(frame) : []
    if (told.length > 0) return told
    const same = this.given.indexOf(frame)
    if (same >= 0) return [same]
    return 'id' in frame && typeof frame.id === 'number' ? [frame.id] : []
  }
}

const endTexts = {
  end: 'end',
  left: 'left by the reader',
  stalled: 'waits for the source',
  late: 'nothing more, in time',
} as const

const untilOf = (variant: number): PromiseLike<unknown> => {
  if (variant === 1) return breathe()
  const ready = Promise.resolve()
  // biome-ignore lint/suspicious/noThenProperty: a pause takes any thenable, and a filter has to as well.
  return variant === 2 ? { then: (fulfil, fail) => ready.then(fulfil, fail) } : ready
}
