import type { Item } from '@sluice/hub'

/** Reads items until there are this many, then leaves. */
export const readItems = async <T>(
  items: AsyncIterable<Item<T>>,
  count: number = Number.POSITIVE_INFINITY,
): Promise<Item<T>[]> => {
  const read: Item<T>[] = []
  if (count === 0) return read
  for await (const item of items) if (read.push(item) >= count) break
  return read
}

/** An item in a word or two: `v` and its value, `gap` and its reason, `end` and how. */
export const brief = (item: Item): string => {
  switch (item.kind) {
    case 'entry':
      return `v ${String(item.value)}`
    case 'gap':
      return `gap ${item.gap.reason}`
    case 'end':
      return `end ${item.how}`
  }
}
