import { BodyError } from '@sluice/body'
import {
  closedBefore,
  foundIn,
  isByteArray,
  isFrame,
  isPromiseLike,
  loseFrame,
  observePause,
} from '@sluice/body/engine'
import type { AnyFrame } from '@sluice/body'
import type { Answer } from './steps.ts'

/** What a stage gives: a frame, or bytes that are not in a frame yet. */
export type Item = AnyFrame | Uint8Array

/** What a stage has given and the stages from `index` on have not seen: a frame, or items to be taken one by one. */
export type Work = Below &
  (
    | { readonly index: number; readonly frame: AnyFrame; readonly items: undefined }
    | { readonly index: number; readonly frame: undefined; readonly items: Items }
  )

/** A stack by links, which costs nothing while it is empty, as most are: an array that was ever pushed to has room for 17. */
interface Below {
  readonly below: Work | undefined
}

export interface Items {
  next(): IteratorResult<Item> | PromiseLike<IteratorResult<Item>>
  /** Lets go of the items that were not taken. */
  leave(): unknown
  /** Told where `next` fails: a frame that was to be among them is lost. */
  failed(): void
}

/**
 * Takes the items of an answer one by one.
 *
 * @param owed The control frame that they are the answer for, for its receipt where it does not come to be among them.
 */
export const itemsOf = (
  answer: Iterable<Item> | AsyncIterable<Item>,
  owed: AnyFrame | undefined,
): Items => {
  if (Array.isArray(answer)) return new ArrayItems(answer)
  try {
    return new IteratorItems(iteratorOf(answer), owed)
  } catch (error) {
    lose(owed, failedAt)
    throw error
  }
}

/** A class, as those of stages: a pause that a filter answers with items holds them for as long as it lasts, 200 bytes less. */
class IteratorItems implements Items {
  readonly #items: Iterator<Item> | AsyncIterator<Item>
  #owed: AnyFrame | undefined
  /** What was told lost, where it may still come: from a generator that was left while it worked. */
  #lost: AnyFrame | undefined

  constructor(items: Iterator<Item> | AsyncIterator<Item>, owed: AnyFrame | undefined) {
    this.#items = items
    this.#owed = owed
  }

  next(): ReturnType<Items['next']> {
    const result = this.#items.next()
    if (this.#owed === undefined) return result
    return isPromiseLike(result) ? result.then((later) => this.#see(later)) : this.#see(result)
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

const iteratorOf = (
  answer: Iterable<Item> | AsyncIterable<Item>,
): Iterator<Item> | AsyncIterator<Item> => {
  // Neither strings nor other views: they are iterable, but do not give bytes.
  if (typeof answer === 'object' && answer !== null && !ArrayBuffer.isView(answer)) {
    if (Symbol.asyncIterator in answer) return answer[Symbol.asyncIterator]()
    if (Symbol.iterator in answer) return answer[Symbol.iterator]()
  }
  throw new BodyError(
    'BODY_INVALID',
    `Cannot filter the body: found a step that answers ${foundIn(answer)}, wanted bytes, frames or an iterable of them`,
  )
}

/** An array's items are there already, flushes among them, whose receipts somebody waits for. */
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

/** Lets go of an answer that came after the body was closed. */
export const discard = (answer: Answer<Item>, owed: AnyFrame | undefined): unknown => {
  if (answer === undefined || isByteArray(answer) || isFrame(answer)) return lose(answer)
  const left = itemsOf(answer, owed).leave()
  // The body is over: there is nobody left to tell.
  return isPromiseLike(left) ? left.then(undefined, () => {}) : undefined
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

export const failedAt = 'a filter failed at it'

export const lose = (item: Item | undefined, found: string = closedBefore): undefined => {
  if (item !== undefined && !isByteArray(item)) loseFrame(item, found)
}
