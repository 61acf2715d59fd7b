import { sleep } from '@sluice/pause'
import { HttpError } from '@sluice/stack'

export interface NewItem {
  readonly name: string
  readonly grams: number
  /** The session that added it. */
  readonly owner: string
}

export interface Item extends NewItem {
  readonly id: number
}

/** Where items are kept. */
export interface Items {
  /** In the order of their ids; gives up when the signal aborts. */
  all(limit: number, signal: AbortSignal): AsyncIterable<Item>
  get(id: number): Promise<Item | undefined>
  add(item: NewItem): Promise<Item>
  remove(id: number): Promise<void>
}

const teas = ['Assam', 'Darjeeling', 'Keemun', 'Lapsang', 'Sencha', 'Yunnan']

/** In the place of a database, with a bound and a few items. It reads slowly, so that there is something to see. */
export const itemsInMemory = (maxItems = 1000, paceMs = 200): Items => {
  const kept = new Map<number, Item>()
  let lastId = 0
  const items: Items = {
    async *all(limit, signal) {
      for (const item of [...kept.values()].slice(0, limit)) {
        yield item
        await sleep(paceMs, { signal })
      }
    },
    get: async (id) => kept.get(id),
    async add(item) {
      if (kept.size >= maxItems)
        throw new HttpError('ITEMS_FULL', `Cannot add the item: found ${maxItems}, the most`, {
          status: 507,
          expose: true,
        })
      const added = { ...item, id: ++lastId }
      kept.set(added.id, added)
      return added
    },
    async remove(id) {
      kept.delete(id)
    },
  }
  for (const name of teas) items.add({ name, grams: 100, owner: 'nobody' })
  return items
}
