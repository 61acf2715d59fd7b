import { sleep } from '@sluice/pause'
import { faulty } from './faulty-engine.ts'
import type { FaultyEngine } from './faulty-engine.ts'

export const registerFaults: readonly FaultyEngine[] = [
  faulty('a swap always sets', /only if it has the expected value/, (inner) => ({
    swap: async (key, change) => {
      const read = { expected: undefined, next: undefined }
      const expected = await inner.swap(key, read)
      return inner.swap(key, { ...change, expected })
    },
  })),
  faulty('a swap returns the new value', /only if it has the expected value/, (inner) => ({
    swap: async (key, change) => {
      await inner.swap(key, change)
      return inner.swap(key, { expected: undefined, next: undefined })
    },
  })),
  faulty('a swap compares, and sets later', /one of many swaps/, (inner) => ({
    swap: async (key, change) => {
      const before = await inner.swap(key, { expected: undefined, next: undefined })
      await sleep(0)
      if (before !== change.expected || change.next === undefined) return before
      const now = await inner.swap(key, { expected: undefined, next: undefined })
      await inner.swap(key, { ...change, expected: now })
      return before
    },
  })),
  faulty('the empty text is no value', /any text/, (inner) => ({
    swap: (key, change) =>
      inner.swap(key, change.next === '' ? { ...change, next: undefined } : change),
  })),
  faulty('a register lives for ever', /for its time to live/, (inner) => ({
    swap: (key, change) => inner.swap(key, { ...change, ttlMs: 3_600_000 }),
  })),
  faulty('a register lives too short', /for its time to live/, (inner) => ({
    swap: (key, change) => inner.swap(key, { ...change, ttlMs: (change.ttlMs ?? 0) / 10 }),
  })),
  faulty('a swap keeps the old time to live', /begins the time to live anew/, (inner) => {
    const first = new Map<string, number | undefined>()
    return {
      swap: (key, change) => {
        const ttlMs = first.get(key) ?? change.ttlMs
        first.set(key, ttlMs)
        return inner.swap(key, { ...change, ttlMs })
      },
    }
  }),
  faulty('a swap that fails renews the time to live', /begins the time to live anew/, (inner) => ({
    swap: async (key, change) => {
      const before = await inner.swap(key, change)
      if (before !== undefined && before !== change.expected)
        await inner.swap(key, { expected: before, next: before, ttlMs: 3_600_000 })
      return before
    },
  })),
]
