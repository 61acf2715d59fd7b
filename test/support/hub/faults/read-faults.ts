import { sleep } from '@sluice/pause'
import { faulty, withPages, withStates } from './faulty-engine.ts'
import type { LogPage } from '@sluice/hub'
import type { FaultyEngine } from './faulty-engine.ts'

export const readFaults: readonly FaultyEngine[] = [
  faulty('a read begins with the number itself', /what comes after a number/, (inner) => ({
    read: (topic, after, limits) => inner.read(topic, Math.max(0, after - 1), limits),
  })),
  faulty('a read skips the first record', /numbered 1, 2, 3/, (inner) => ({
    read: (topic, after, limits) => inner.read(topic, after + 1, limits),
  })),
  faulty(
    'a read gives the newest first',
    /numbered 1, 2, 3/,
    withPages((page) => ({ ...page, records: page.records.toReversed() })),
  ),
  faulty('a read of more than there is fails', /what comes after a number/, (inner) => ({
    read: async (topic, after, limits) => {
      const page = await inner.read(topic, after, limits)
      return after > page.state.last ? { ...page, state: { ...page.state, last: after } } : page
    },
  })),
  faulty('a read ignores the entries that are asked for', /no more records than/, (inner) => ({
    read: (topic, after, { bytes }) => inner.read(topic, after, { entries: 1000, bytes }),
  })),
  faulty('a read ignores the bytes that are asked for', /no more bytes than/, (inner) => ({
    read: (topic, after, { entries }) => inner.read(topic, after, { entries, bytes: 2 ** 30 }),
  })),
  faulty(
    'a read gives nothing if the first record is too large',
    /no more bytes than/,
    (inner) => ({
      read: async (topic, after, limits) => {
        const page = await inner.read(topic, after, limits)
        const [first] = page.records
        return first !== undefined && first.bytes.length > limits.bytes
          ? { ...page, records: [] }
          : page
      },
    }),
  ),
  faulty('a read asks a replica that lags', /is read at once/, (inner) => {
    let before: LogPage | undefined
    return {
      read: async (topic, after, limits) => {
        const page = await inner.read(topic, after, limits)
        const given = before ?? page
        before = page
        return given
      },
    }
  }),
  faulty(
    'the state and the records are read one after the other',
    /a page fits its state/,
    (inner) => ({
      read: async (topic, after, limits) => {
        const { state } = await inner.read(topic, after, limits)
        await sleep(0)
        return { ...(await inner.read(topic, after, limits)), state }
      },
    }),
  ),
  faulty(
    'a log that is not there has an epoch',
    /nothing was appended to is empty/,
    withStates((state) => (state.last > 0 ? state : { ...state, epochs: [{ id: 'a', from: 1 }] })),
  ),
]
