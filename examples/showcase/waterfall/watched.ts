// A source of events whose end is noticed, however it comes.
import type { Item } from '@sluice/hub'
import type { MessageSource, SourceItem } from '@sluice/sse'

/**
 * Puts messages in front of the items of a topic.
 *
 * @param left Called once, when the source has ended, failed or was closed. A generator's `finally` would not do: a generator
 * that was never started has none, and one that waits runs it late.
 */
export const watched = <T>(
  first: readonly string[],
  items: AsyncIterable<Item<T>>,
  left: () => void,
): MessageSource<T> => {
  const begin = first[Symbol.iterator]()
  const rest = items[Symbol.asyncIterator]()
  let isOver = false
  const end = () => {
    if (!isOver) left()
    isOver = true
  }
  const next = async (): Promise<IteratorResult<SourceItem<T>, undefined>> => {
    const { done, value } = begin.next()
    if (done !== true) return { done: false, value }
    const item = await rest.next()
    if (item.done !== true) return item
    end()
    return { done: true, value: undefined }
  }
  const iterator = {
    next: () =>
      next().catch((error) => {
        end()
        throw error
      }),
    async return() {
      end()
      await rest.return?.()
      return { done: true as const, value: undefined }
    },
  }
  return { [Symbol.asyncIterator]: () => iterator }
}
