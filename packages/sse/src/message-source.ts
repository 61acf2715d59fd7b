import { closeQuietly, isPromiseLike, pullFrom, pulling } from '@sluice/body'
import type { AnyFrame, Frame, PullBody } from '@sluice/body'
import type { EventMessage } from './message.ts'

/** A message, a text that is the data of one, or a frame: a pause, a flush with a receipt, data that is whole events, encoded. */
export type SourceItem = string | EventMessage | Frame | AnyFrame

/** Where messages come from; a body of encoded events is one too. */
export type MessageSource = Iterable<SourceItem> | AsyncIterable<SourceItem>

/** What the source gives next, as an iterator does, at once where it is there. */
export interface ItemResult {
  readonly done?: boolean | undefined
  readonly value?: unknown
}

/** A reading of a source of messages. */
export interface ItemReading {
  next(): ItemResult | PromiseLike<ItemResult>
  close(): void | PromiseLike<void>
}

/** Starts the reading: by the pull protocol where there is one, so that what is there at once costs no promise. */
export const readItems = (source: MessageSource): ItemReading => {
  if (isPullBody(source)) return bodyItems(source)
  return new IteratorItems(
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator](),
  )
}

/** A class, and no object of functions, which would be 150 bytes more of each stream. */
class IteratorItems implements ItemReading {
  readonly #iterator: Iterator<SourceItem> | AsyncIterator<SourceItem>
  #state: 'idle' | 'running' | 'left' = 'idle'

  constructor(iterator: Iterator<SourceItem> | AsyncIterator<SourceItem>) {
    this.#iterator = iterator
  }

  next(): ItemResult | PromiseLike<ItemResult> {
    this.#state = 'running'
    try {
      return this.#iterator.next()
    } finally {
      if (this.#wasLeft()) this.#leaveLate()
      this.#state = 'idle'
    }
  }

  close(): void | PromiseLike<void> {
    if (this.#state === 'running') {
      // A generator that closes its own stream cannot be returned before it has yielded.
      this.#state = 'left'
      return undefined
    }
    return this.#return()
  }

  /** Whoever closed it was not told to wait, and so hears nothing of it either. In a method: a closure in `next` costs each. */
  #leaveLate(): void {
    closeQuietly({ close: () => this.#return() })
  }

  #return(): void | PromiseLike<void> {
    const left = this.#iterator.return?.()
    return isPromiseLike(left) ? left.then(() => {}) : undefined
  }

  #wasLeft(): boolean {
    return this.#state === 'left'
  }
}

const isPullBody = (source: MessageSource): source is PullBody<AnyFrame> => pulling in source

const bodyItems = (body: PullBody<AnyFrame>): ItemReading => {
  const reading = pullFrom(body)
  return {
    next() {
      const pulled = reading.pull()
      return isPromiseLike(pulled) ? pulled.then(resultOf) : resultOf(pulled)
    },
    close: () => reading.close(),
  }
}

const resultOf = (frame: AnyFrame | undefined): ItemResult => ({
  done: frame === undefined,
  value: frame,
})

/** Tells a frame from a message: messages have no `kind`. */
export const isFrame = (value: unknown): value is AnyFrame =>
  typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string'
