import { data } from '@sluice/body'
import { isPromiseLike, plainFlush, pullFrom, quiet } from '@sluice/body/engine'
import { HttpError } from '@sluice/stack'
import { hubError } from '../errors.ts'
import { pieceOf } from './pieces.ts'
import type { Body, Data, Flush, Trailers } from '@sluice/body'
import type { Pull, Pulled } from '@sluice/body/engine'
import type { End, Gap, Item } from '../topic/items.ts'
import type { ProduceHandle } from '../topic/topic.ts'
import type { Piece } from './pieces.ts'

export interface DurablePullOptions {
  readonly topic: string
  readonly fromByte: number
  /** Starts the production, and the reading. */
  start(): { readonly items: Body<Item>; readonly produced: ProduceHandle }
  /** Frees the source, if it was not started. */
  discard(): Promise<void>
}

type DurableFrame = Data | Flush | Trailers

/** Reads a body from the topic in which its source is kept. */
export class DurablePull implements Pull<DurableFrame> {
  readonly #options: DurablePullOptions
  #items: Pull<Item> | undefined
  #produced: ProduceHandle | undefined
  #isOver = false
  /** Bytes that the client has. */
  #position: number
  /** Whether entries are missing that may be behind the position. */
  #isUnsure = false
  #isUnflushed = false
  /** What was waited for when a flush was given. */
  #waiting: PromiseLike<Item | undefined> | undefined

  constructor(options: DurablePullOptions) {
    this.#options = options
    this.#position = options.fromByte
  }

  pull(): Pulled<DurableFrame> {
    if (this.#isOver) return undefined
    const items = this.#items ?? this.#start()
    for (;;) {
      const pulled = this.#waiting ?? items.pull()
      this.#waiting = undefined
      if (isPromiseLike(pulled)) return this.#later(pulled)
      const frame = this.#take(pulled)
      if (frame !== undefined || this.#isOver) return frame
    }
  }

  close(): void | PromiseLike<void> {
    const isStarted = this.#items !== undefined || this.#isOver
    this.#isOver = true
    return isStarted ? this.#items?.close() : this.#options.discard()
  }

  #start(): Pull<Item> {
    const { items, produced } = this.#options.start()
    this.#produced = produced
    this.#items = pullFrom(items)
    return this.#items
  }

  /** The log has nothing more at the moment: what the client has not seen is flushed first. */
  #later(waiting: PromiseLike<Item | undefined>): Pulled<DurableFrame> {
    if (!this.#isUnflushed) return Promise.resolve(waiting).then((item) => this.#arrived(item))
    this.#isUnflushed = false
    this.#waiting = quiet(Promise.resolve(waiting))
    return plainFlush
  }

  #arrived(item: Item | undefined): Pulled<DurableFrame> {
    return this.#isOver ? undefined : (this.#take(item) ?? this.pull())
  }

  #take(item: Item | undefined): DurableFrame | undefined {
    switch (item?.kind) {
      case 'entry':
        return this.#frameOf(this.#piece(item.value))
      case 'gap':
        return this.#skip(item)
      case 'end':
        return this.#end(item)
      case undefined:
        this.#isOver = true
        return undefined
    }
  }

  #piece(value: unknown): Piece {
    try {
      return pieceOf(value)
    } catch (error) {
      return this.#fail(error)
    }
  }

  #frameOf(piece: Piece): Data | Trailers | undefined {
    if (piece.kind === 'end') {
      if (piece.byteLength > this.#position) this.#fail(this.#lost())
      if (piece.byteLength < this.#position) this.#fail(this.#beyond(piece.byteLength))
      this.#isUnsure = false
      if (piece.trailers.size === 0) return undefined
      // Nothing comes behind trailers.
      this.#isUnflushed = false
      return { kind: 'trailers', fields: piece.trailers }
    }
    const { from, bytes } = piece
    const had = this.#position - from
    if (had < 0) this.#fail(this.#lost())
    this.#isUnsure = false
    if (had >= bytes.length) return undefined
    this.#position = from + bytes.length
    this.#isUnflushed = true
    return data(had === 0 ? bytes : bytes.subarray(had))
  }

  /** What is missing may be what the client has already: the next entry tells. */
  #skip({ gap }: Gap): undefined {
    if (gap.reason !== 'trimmed') this.#fail(this.#lost())
    this.#isUnsure = true
  }

  #end({ how, reason }: End): undefined {
    if (how === 'failed') this.#fail(this.#failed(reason))
    if (this.#isUnsure) this.#fail(this.#lost())
    this.#isOver = true
  }

  #fail(error: unknown): never {
    this.#isOver = true
    this.#items?.close()
    throw error
  }

  #lost() {
    return hubError(
      'BODY_LOST',
      `Cannot read the body from the topic ${JSON.stringify(this.#options.topic)}: found that what comes behind byte ${this.#position} is not kept`,
    )
  }

  #beyond(byteLength: number) {
    return new HttpError(
      'RANGE_NOT_SATISFIABLE',
      `Cannot read the body from byte ${this.#position}: found ${byteLength} bytes`,
    )
  }

  #failed(reason = 'the source failed') {
    const cause = this.#produced?.failure
    return hubError(
      'BODY_FAILED',
      `Cannot read the body from the topic ${JSON.stringify(this.#options.topic)}: ${reason}`,
      cause === undefined ? undefined : { cause },
    )
  }
}
