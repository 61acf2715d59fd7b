import { data } from '@sluice/body'
import { isPromiseLike, plainFlush, pullFrom, quiet } from '@sluice/body/engine'
import { HttpError } from '@sluice/stack'
import { hubError } from '../errors.ts'
import { pieceOf } from './pieces.ts'
import type { Body, Data, Flush, Trailers } from '@sluice/body'
import type { Pull, Pulled } from '@sluice/body/engine'
import type { End, Gap, Item } from '../topic/items.ts'
import type { ProduceHandle } from '../topic/topic.ts'
import type { BodyPosition, BodySource } from './body-source.ts'
import type { Piece } from './pieces.ts'

export interface DurablePullOptions {
  readonly topic: string
  readonly position: BodyPosition
  readonly source: BodySource
  /** Takes part in producing. */
  produce(): ProduceHandle
  /** Starts the reading. */
  read(): Body<Item>
}

type DurableFrame = Data | Flush | Trailers

/** Reads a body from the topic in which its source is kept. */
export class DurablePull implements Pull<DurableFrame> {
  readonly #options: DurablePullOptions
  #items: Pull<Item> | undefined
  #produced: ProduceHandle | undefined
  #isOver = false
  readonly #position: BodyPosition
  /** Whether entries are missing that may be behind the position. */
  #isUnsure = false
  #isUnflushed = false
  /** Whether it has all of the body. */
  #isComplete = false
  /** Whether nothing may be producing any more. */
  #isLeft = false
  /** Whether an item is waited for that its reader gets at once. */
  #isWaiting = false
  #failure: { readonly error: unknown } | undefined
  /** What was waited for when a flush was given. */
  #waiting: PromiseLike<Item | undefined> | undefined

  constructor(options: DurablePullOptions) {
    this.#options = options
    this.#position = options.position
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
    return isStarted ? this.#items?.close() : this.#options.source.close()
  }

  #start(): Pull<Item> {
    this.#produce()
    this.#items = pullFrom(this.#options.read())
    return this.#items
  }

  #produce(): void {
    this.#isLeft = false
    this.#produced = this.#options.produce()
    this.#watch(this.#produced)
  }

  /** Takes part again if the production has left while something is waited for: it may have been that of another call. */
  async #watch({ outcome }: ProduceHandle): Promise<void> {
    try {
      if ((await outcome) !== 'left' || this.#isOver) return
      if (this.#options.source.isRefused) this.#break(this.#lost())
      else if (this.#isWaiting) this.#produce()
      else this.#isLeft = true
    } catch (error) {
      this.#break(error)
    }
  }

  /** Ends what is waited for with an error. */
  #break(error: unknown): void {
    this.#failure = { error }
    this.#items?.close()
  }

  /** The log has nothing more at the moment: what the client has not seen is flushed first. */
  #later(waiting: PromiseLike<Item | undefined>): Pulled<DurableFrame> {
    if (!this.#isUnflushed) return this.#wait(waiting)
    this.#isUnflushed = false
    this.#waiting = quiet(Promise.resolve(waiting))
    return plainFlush
  }

  #wait(waiting: PromiseLike<Item | undefined>): Pulled<DurableFrame> {
    this.#isWaiting = true
    if (this.#isLeft) this.#produce()
    return Promise.resolve(waiting).then(
      (item) => this.#arrived(item),
      (error) => this.#fail(error),
    )
  }

  #arrived(item: Item | undefined): Pulled<DurableFrame> {
    this.#isWaiting = false
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
        if (this.#failure !== undefined) throw this.#failure.error
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
    const position = this.#position
    position.response ??= piece.response
    // The log was gone, and another response has begun.
    if (piece.response !== position.response) this.#fail(this.#lost())
    if (piece.kind === 'end') {
      if (piece.byteLength > position.byte) this.#fail(this.#lost())
      if (piece.byteLength < position.byte) this.#fail(this.#beyond(piece.byteLength))
      this.#isUnsure = false
      this.#isComplete = true
      if (piece.trailers.size === 0) return undefined
      // Nothing comes behind trailers.
      this.#isUnflushed = false
      return { kind: 'trailers', fields: piece.trailers }
    }
    const { from, bytes } = piece
    const had = position.byte - from
    if (had < 0) this.#fail(this.#lost())
    this.#isUnsure = false
    if (had >= bytes.length) return undefined
    position.byte = from + bytes.length
    this.#isUnflushed = true
    return data(had === 0 ? bytes : bytes.subarray(had))
  }

  /** What is missing may be what the client has already: the next entry tells. */
  #skip({ gap }: Gap): undefined {
    if (this.#isComplete) return this.#finish()
    if (gap.reason !== 'trimmed') this.#fail(this.#lost())
    this.#isUnsure = true
    // The log may be gone, and what produced it too.
    this.#isLeft = true
  }

  #end({ how, reason }: End): undefined {
    if (how === 'failed') this.#fail(this.#failed(reason))
    if (this.#isUnsure) this.#fail(this.#lost())
    this.#isOver = true
  }

  #finish(): undefined {
    this.#isOver = true
    this.#items?.close()
  }

  #fail(error: unknown): never {
    this.#isOver = true
    this.#items?.close()
    throw error
  }

  #lost() {
    return hubError(
      'BODY_LOST',
      `Cannot read the body from the topic ${JSON.stringify(this.#options.topic)}: found that what comes behind byte ${this.#position.byte} is not kept`,
    )
  }

  #beyond(byteLength: number) {
    return new HttpError(
      'RANGE_NOT_SATISFIABLE',
      `Cannot read the body from byte ${this.#position.byte}: found ${byteLength} bytes`,
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
