import { foundIn, isByteArray, isFrame, isPromiseLike, observePause } from '@sluice/body/engine'
import { invalidBody } from './invalid-body.ts'
import { failedAt, lose } from './lose-item.ts'
import type { AnyFrame } from '@sluice/body'
import type { Answer } from '../steps.ts'
import type { Item } from './lose-item.ts'

/** The items of an answer, while they are taken one by one. */
export interface Items {
  next(): IteratorResult<Item> | PromiseLike<IteratorResult<Item>>
  /** Disposes of the items that were not taken. */
  leave(): unknown
  /** Called if `next` fails: a frame that was to be among them is lost. */
  failed(): void
}

/**
 * Takes the items of an answer one by one.
 *
 * @param owed The control frame that they answer. If a failure keeps it from being among them, its receipt gets `FLUSH_LOST`.
 */
export const itemsOf = (
  answer: Iterable<Item> | AsyncIterable<Item>,
  owed: AnyFrame | undefined,
): Items => {
  if (Array.isArray(answer)) return new ArrayItems(answer)
  try {
    return new IteratorItems(answersOf(answer), owed)
  } catch (error) {
    lose(owed, failedAt)
    throw error
  }
}

/** A class takes less memory than an object of functions, and a filter that answers a pause with items holds this throughout. */
class IteratorItems implements Items {
  readonly #items: Iterator<Item> | AsyncIterator<Item>
  #owed: AnyFrame | undefined
  /** A frame that was disposed of but may still come, from a generator that was closed while it worked. */
  #lost: AnyFrame | undefined

  constructor(items: Iterator<Item> | AsyncIterator<Item>, owed: AnyFrame | undefined) {
    this.#items = items
    this.#owed = owed
  }

  next(): ReturnType<Items['next']> {
    const result = this.#items.next()
    if (this.#owed === undefined) return result
    return isPromiseLike(result)
      ? Promise.resolve(result).then((later) => this.#see(later))
      : this.#see(result)
  }

  leave(): unknown {
    this.#lost = this.#owed
    lose(this.#owed)
    return this.#items.return?.()
  }

  failed(): void {
    lose(this.#owed, failedAt)
  }

  #see(result: IteratorResult<Item>): IteratorResult<Item> {
    if (this.#lost !== undefined && result.value === this.#lost)
      return { done: true, value: undefined }
    if (result.done === true || result.value === this.#owed) this.#owed = undefined
    return result
  }
}

const answersOf = (
  answer: Iterable<Item> | AsyncIterable<Item>,
): Iterator<Item> | AsyncIterator<Item> => {
  // Neither strings nor other views: they are iterable, but do not give bytes.
  if (typeof answer === 'object' && answer !== null && !ArrayBuffer.isView(answer)) {
    if (Symbol.asyncIterator in answer) return answer[Symbol.asyncIterator]()
    if (Symbol.iterator in answer) return answer[Symbol.iterator]()
  }
  throw invalidBody(
    `a step that answers ${foundIn(answer)}`,
    'bytes, frames or an iterable of them',
  )
}

/** The items of an array exist from the start: pauses, which may reject, and flushes, whose receipts must be called. */
class ArrayItems implements Items {
  readonly #items: IterableIterator<Item>

  constructor(array: readonly Item[]) {
    for (const item of array) if (isFrame(item)) observePause(item)
    this.#items = array[Symbol.iterator]()
  }

  next(): IteratorResult<Item> {
    return this.#items.next()
  }

  leave(): void {
    for (const item of this.#items) lose(item)
  }

  failed(): void {}
}

/** Disposes of an answer that came after the body was closed. */
export const discard = (answer: Answer<Item>, owed: AnyFrame | undefined): unknown => {
  if (answer === undefined || isByteArray(answer) || isFrame(answer)) return lose(answer)
  const left = itemsOf(answer, owed).leave()
  // The body is over: no reader is left to be told of an error.
  return isPromiseLike(left) ? Promise.resolve(left).then(undefined, () => {}) : undefined
}

/** Leaves items whose `next` has closed the body that they are a part of. */
export const leaveLate = async (
  items: Items,
  result: ReturnType<Items['next']>,
): Promise<undefined> => {
  try {
    const { done, value } = await result
    if (done !== true) discard(value, undefined)
    await items.leave()
  } catch {
    // As above.
  }
}
