import { bodyUsed, claim } from './claim.ts'
import { losePieces, observePauses } from './pieces.ts'

/** JavaScript's iterator protocol, of either kind: `next()` returns a result, or a promise of one. */
export interface AnyIterator {
  next(): AnyResult | PromiseLike<AnyResult>
  return?(): unknown
}

export interface AnyResult {
  readonly done?: boolean | undefined
  readonly value?: unknown
}

/** A web `ReadableStream`, by shape. */
export interface WebReadable {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: unknown }>
    cancel(reason?: unknown): Promise<void>
  }
}

/** The iterator of a web stream. The stream stays locked, so that a second reading is refused. */
export const webIterator = (stream: WebReadable): AnyIterator => {
  claim(stream)
  const reader = readerOf(stream)
  return { next: () => reader.read(), return: () => reader.cancel() }
}

const readerOf = (stream: WebReadable) => {
  try {
    return stream.getReader()
  } catch (cause) {
    throw bodyUsed(cause)
  }
}

/** The iterator of an iterable; one that is its own iterator, as a generator is, can be read once. */
export const iteratorOf = (input: Iterable<unknown> | AsyncIterable<unknown>): AnyIterator => {
  if (Array.isArray(input)) return new ArrayIterator(input)
  const iterator =
    Symbol.asyncIterator in input ? input[Symbol.asyncIterator]() : input[Symbol.iterator]()
  if (Object.is(iterator, input)) claim(input)
  return iterator
}

/** An array holds its pauses and receipts from the start: a pause may reject, or a receipt be lost, before it is reached. */
class ArrayIterator implements AnyIterator {
  readonly #pieces: readonly unknown[]
  #at = 0

  constructor(pieces: readonly unknown[]) {
    this.#pieces = pieces
    observePauses(pieces)
  }

  next(): AnyResult {
    return this.#at < this.#pieces.length
      ? { done: false, value: this.#pieces[this.#at++] }
      : { done: true }
  }

  return(): void {
    const from = this.#at
    this.#at = this.#pieces.length
    losePieces(this.#pieces, from)
  }
}
