import { concat, isData, isFlush } from '@sluice/body'
import { nextTurn } from '@sluice/body/engine'
import { contentsOf } from './contents.ts'
import { describeError, describeFrames, describeWay } from './describe.ts'
import { Memory } from './memory.ts'
import { OtherFrames } from './other-frames.ts'
import { Receipts } from './receipts.ts'
import { framesOf, kindOf } from './script.ts'
import { Source } from './source.ts'
import type { AnyFrame } from '@sluice/body'
import type { Seen } from './broken-law.ts'
import type { Contents } from './contents.ts'
import type { ControlKind } from './options.ts'
import type { Telling } from './receipts.ts'
import type { Script } from './script.ts'
import type { SourcePlan } from './source.ts'

/** A script, and what happens while it is given. */
export interface Doing
  extends Script,
    Pick<SourcePlan, 'failure' | 'closeFailure' | 'stallsAt' | 'whenGiven'> {
  /** The source gives only this many of the frames. */
  readonly gives?: number
  /** The reader leaves after this many frames; without it, it reads to the end. */
  readonly leavesAfter?: number
  /** A kind of which a frame has to leave although the source stalls. */
  readonly wants?: ControlKind
  /** The `until` of pauses. */
  readonly until?: PromiseLike<unknown>
  /** Whether the reader lets some time pass after each frame. */
  readonly rests?: boolean
  /** When the reader calls receipts: at once, the default, or at the end; or at once with a reason, as if flushes were lost. */
  readonly tells?: Telling
  /** Whether the reader waits when the source stalls, instead of leaving. */
  readonly waits?: boolean
  /** Whether a source that stalls never answers, not even after it is closed. */
  readonly neverAnswers?: boolean
  /** Whether the reader does nothing more after the end, an error or its leaving, as `for await` does. */
  readonly asksNoMore?: boolean
  /** Whether the reader leaves at the first pause, and does not wait for it. */
  readonly leavesInPause?: boolean
}

/** A frame that has left, after `at` bytes. `from`: indices of the given frames that it represents, none for data or if made up. */
export interface Left {
  readonly frame: AnyFrame
  readonly kind: ControlKind | 'data'
  readonly at: number
  readonly from: readonly number[]
  /** Whether the source had failed before. */
  readonly afterError: boolean
  /** How often the source had been pulled. */
  readonly pulls: number
}

export type End =
  | { readonly kind: 'end' | 'left' | 'stalled' | 'late' }
  | { readonly kind: 'failed'; readonly error: unknown }

/** What was given to a filter, and what left. */
export class Observation implements Seen {
  readonly doing: Doing
  /** What the source has to give. */
  readonly given: readonly AnyFrame[]
  readonly source: Source
  readonly memory: Memory
  readonly receipts: Receipts = new Receipts()
  readonly others: OtherFrames = new OtherFrames()
  readonly left: Left[] = []
  /** The byte lengths of the data frames that have left. */
  readonly sizes: number[] = []
  end: End = { kind: 'late' }
  /** What the reader was given when it asked again after the end, an error or its leaving, which should be nothing. */
  readonly after: string[] = []
  byteLength: number | undefined
  /** Its value after the body was read. */
  byteLengthAfter: number | undefined
  /** Whether the filtered body has the pull protocol. */
  offersPull = false
  /** How often the source had been closed before it answered a pull that was pending. */
  closesAtStall = 0
  /** How often the source was closed, without a second closing by the reader, which the filter may pass on. */
  closes = 0
  /** The receipts that each flush called, if receipts are called at the end. */
  readonly toldLate: (readonly number[])[] = []
  /** What went wrong when the reader closed the body. */
  closeFailure: string | undefined
  readonly #contents: ReadonlyMap<AnyFrame, Contents>
  readonly #known = new Set<number>()
  #offset = 0

  constructor(doing: Doing) {
    this.doing = doing
    const pieces = doing.cuts.length + doing.marks.length + 1
    this.memory = new Memory(doing.memory, doing.bytes.length, pieces)
    const frames = framesOf(
      doing,
      {
        flush: (index, variant) => this.receipts.make(index, variant),
        pause: (_, variant) => ({ kind: 'pause', until: doing.until ?? untilOf(variant % 4) }),
        other: (index, variant) => this.others.make(index, variant),
      },
      this.memory,
    )
    this.given = frames.slice(0, doing.gives)
    this.#contents = new Map(
      this.given
        .filter((frame) => kindOf(frame) === 'other')
        .map((frame) => [frame, contentsOf(frame)]),
    )
    this.source = new Source({
      ...doing,
      frames: this.given,
      ...(doing.sized ? { byteLength: doing.bytes.length } : {}),
    })
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

  /** Adds a frame that has left. Calls the receipt of a flush, as a server does. */
  take(frame: AnyFrame): void {
    const { ended, pulls } = this.source
    this.left.push({
      frame,
      kind: kindOf(frame),
      at: this.#offset,
      from: this.#originOf(frame),
      afterError: ended && this.doing.failure !== undefined,
      pulls,
    })
    if (!isData(frame)) return
    if (frame.bytes.length > 0) this.sizes.push(frame.bytes.length)
    this.#offset += frame.bytes.length
    this.source.bytesOut = this.#offset
  }

  #originOf(frame: AnyFrame): readonly number[] {
    if (isData(frame)) return []
    const told = isFlush(frame) ? this.receipts.tell(frame, this.doing.tells) : []
    if (told.length > 0) return told
    const same = this.#indexOf(frame)
    if (same >= 0) return [same]
    return 'id' in frame && typeof frame.id === 'number' ? [frame.id] : []
  }

  /** A frame that was given several times has an index for each time. */
  #indexOf(frame: AnyFrame): number {
    let index = this.given.indexOf(frame)
    while (index >= 0 && this.#known.has(index)) index = this.given.indexOf(frame, index + 1)
    if (index < 0) return this.given.indexOf(frame)
    this.#known.add(index)
    return index
  }

  /** Calls the receipts that were left for the end. */
  tellLate(): void {
    for (const told of this.receipts.tellLate()) this.toldLate.push(told)
  }

  /** The properties that a frame of an unknown kind had when it was given. */
  contentsOf(frame: AnyFrame): Contents | undefined {
    return this.#contents.get(frame)
  }
}

const endTexts = {
  end: 'end',
  left: 'left by the reader',
  stalled: 'waits for the source',
  late: 'nothing more, in time',
} as const

const untilOf = (variant: number): PromiseLike<unknown> => {
  if (variant === 1) return nextTurn()
  const ready = Promise.resolve()
  // biome-ignore lint/suspicious/noThenProperty: a pause may have any thenable.
  return variant === 2 ? { then: (fulfil, fail) => ready.then(fulfil, fail) } : ready
}
