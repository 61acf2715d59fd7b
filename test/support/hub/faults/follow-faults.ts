import { sleep } from '@sluice/pause'
import { faulty, hearing, noChange, throughText, withRecords } from './faulty-engine.ts'
import type { FaultyEngine } from './faulty-engine.ts'

export const followFaults: readonly FaultyEngine[] = [
  faulty('nothing arrives', /gets what every connection appends/, noChange, () => ({
    arrived: () => {},
  })),
  faulty('records arrive twice', /gets what every connection appends/, noChange, (listener) => ({
    arrived: (topic, page) => {
      listener.arrived(topic, page)
      listener.arrived(topic, page)
    },
  })),
  faulty(
    'records of a page arrive in the wrong order',
    /gets what every connection appends/,
    noChange,
    hearing((page) => ({ ...page, records: page.records.toReversed() })),
  ),
  faulty(
    'what is followed arrives as text',
    /bytes arrive as they were/,
    noChange,
    hearing(withRecords(throughText)),
  ),
  faulty(
    'the first record of a log is missed',
    /gets its first record/,
    noChange,
    hearing((page) => ({ ...page, records: page.records.filter(({ seq }) => seq > 1) })),
  ),
  faulty('the tail begins after the state', /nothing is missed between/, (inner) => ({
    follow: async (topic) => {
      const { state } = await inner.read(topic, 0, { entries: 1, bytes: 1 })
      await sleep(0)
      await inner.follow(topic)
      return state
    },
  })),
  faulty('the tail begins before the state', /nothing is missed between/, (inner) => ({
    follow: async (topic) => {
      await inner.follow(topic)
      await sleep(0)
      return (await inner.read(topic, 0, { entries: 1, bytes: 1 })).state
    },
  })),
  faulty('every hundredth record is lost', /nothing is missed between/, noChange, (listener) => ({
    arrived: (topic, { state, records }) =>
      listener.arrived(topic, { state, records: records.filter(({ seq }) => seq % 100 !== 0) }),
  })),
  faulty(
    'what arrives has no state of its end',
    /the end arrives/,
    noChange,
    hearing((page) => ({ ...page, state: { ...page.state, ended: false } })),
  ),
  faulty(
    'old records arrive after newer ones',
    /gets the newest in order/,
    noChange,
    (listener) => ({
      arrived: (topic, page) => {
        if (page.state.last % 10 === 0) listener.arrived(topic, page)
        else setTimeout(() => listener.arrived(topic, page), 1)
      },
    }),
  ),
  faulty('only the first topic is followed', /many topics are followed/, (inner) => {
    let first: string | undefined
    return {
      follow: async (topic) => {
        first ??= topic
        if (topic === first) return inner.follow(topic)
        return (await inner.read(topic, 0, { entries: 1, bytes: 1 })).state
      },
    }
  }),
  faulty('unfollow does nothing', /after unfollow nothing arrives/, () => ({ unfollow: () => {} })),
  faulty('unfollow comes late', /followed again from a new state/, (inner) => ({
    unfollow: (topic) => {
      setTimeout(() => inner.unfollow(topic), 5)
    },
  })),
]
