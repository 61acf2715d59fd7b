import { sleep } from '@sluice/pause'
import { faulty, withStates } from './faulty-engine.ts'
import type { FaultyEngine } from './faulty-engine.ts'

export const endFaults: readonly FaultyEngine[] = [
  faulty('ends is ignored', /an append with ends/, (inner) => ({
    append: (topic, records, { keep, ifHeld }) => inner.append(topic, records, { keep, ifHeld }),
  })),
  faulty(
    'a state never tells the end',
    /an append with ends/,
    withStates((state) => ({ ...state, ended: false })),
  ),
  faulty('several ends at once are appended', /one of many ends/, (inner) => {
    return {
      append: async (topic, records, { keep, ends }) => {
        const { state } = await inner.read(topic, 0, { entries: 1, bytes: 1 })
        await sleep(1)
        if (state.ended) return { kind: 'ended' }
        const outcome = await inner.append(topic, records, { keep })
        if (ends) setTimeout(() => inner.append(topic, [], { keep, ends }).catch(() => {}), 1)
        return outcome
      },
    }
  }),
  faulty(
    'a log that was trimmed has no end',
    /has still ended/,
    withStates((state) => (state.first > 1 ? { ...state, ended: false } : state)),
  ),
  faulty('ifHeld remembers what is too old', /once the register is too old/, (inner) => {
    const set = new Map<string, string | undefined>()
    return {
      swap: (key, change) => {
        if (change.next !== undefined) set.set(key, change.next)
        return inner.swap(key, change)
      },
      append: async (topic, records, { keep, ends, ifHeld }) =>
        ifHeld !== undefined && set.get(ifHeld.key) !== ifHeld.value
          ? { kind: 'not held' }
          : inner.append(topic, records, { keep, ends }),
    }
  }),
  faulty('ifHeld is ignored', /only while the register has/, (inner) => ({
    append: (topic, records, { keep, ends }) => inner.append(topic, records, { keep, ends }),
  })),
  faulty('ifHeld asks only whether there is a value', /only while the register has/, (inner) => ({
    append: async (topic, records, { keep, ends, ifHeld }) => {
      const value =
        ifHeld && (await inner.swap(ifHeld.key, { expected: undefined, next: undefined }))
      if (ifHeld !== undefined && value === undefined) return { kind: 'not held' }
      return inner.append(topic, records, { keep, ends })
    },
  })),
]
