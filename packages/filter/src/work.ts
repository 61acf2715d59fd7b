import { BodyError, isPromiseLike, loseFrame } from '@sluice/body'
import type { AnyFrame } from '@sluice/body'
import type { Answer } from './steps.ts'

/** What a stage gives: a frame, or bytes that are not in a frame yet. */
export type Item = AnyFrame | Uint8Array

/** What a stage has given and the stages from `index` on have not seen: a frame, or items to be taken one by one. */
export type Work =
  | { readonly index: number; readonly frame: AnyFrame; readonly items: undefined }
  | { readonly index: number; readonly frame: undefined; readonly items: Items }

export interface Items {
  next(): IteratorResult<Item> | PromiseLike<IteratorResult<Item>>
  /** Lets go of the items that were not taken. */
  leave(): unknown
}

export const isBytes = (answer: unknown): answer is Uint8Array => ArrayBuffer.isView(answer)

export const isFrame = (answer: unknown): answer is AnyFrame =>
  typeof answer === 'object' && answer !== null && 'kind' in answer

export const itemsOf = (answer: Iterable<Item> | AsyncIterable<Item>): Items => {
  if (Array.isArray(answer)) return arrayItems(answer)
  const items = iteratorOf(answer)
  return { next: () => items.next(), leave: () => items.return?.() }
}

const iteratorOf = (
  answer: Iterable<Item> | AsyncIterable<Item>,
): Iterator<Item> | AsyncIterator<Item> => {
  // Not a string, though it is iterable: its characters are no bytes.
  if (typeof answer === 'object' && answer !== null) {
    if (Symbol.asyncIterator in answer) return answer[Symbol.asyncIterator]()
    if (Symbol.iterator in answer) return answer[Symbol.iterator]()
  }
  throw new BodyError(
    'BODY_INVALID',
    `Cannot filter the body: found a step that answers a ${typeof answer}, wanted bytes, frames or an iterable of them`,
  )
}

/** An array's items are there already, flushes among them, whose receipts somebody waits for. */
const arrayItems = (array: readonly Item[]): Items => {
  const items = array[Symbol.iterator]()
  return {
    next: () => items.next(),
    leave() {
      for (const item of items) lose(item)
    },
  }
}

/** Lets go of an answer that came after the body was closed. */
export const discard = (answer: Answer<Item>): unknown => {
  if (answer === undefined || isBytes(answer) || isFrame(answer)) return lose(answer)
  const left = itemsOf(answer).leave()
  // The body is over: there is nobody left to tell.
  return isPromiseLike(left) ? left.then(undefined, () => {}) : undefined
}

export const lose = (
  item: Item | undefined,
  found: string = 'the body was closed before it was taken',
): undefined => {
  if (item !== undefined && !isBytes(item)) loseFrame(item, found)
}
