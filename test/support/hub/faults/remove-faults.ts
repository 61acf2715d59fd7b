import { faulty, noChange } from './faulty-engine.ts'
import type { FaultyEngine } from './faulty-engine.ts'

export const removeFaults: readonly FaultyEngine[] = [
  faulty('remove does nothing', /removed is empty/, () => ({ remove: async () => {} })),
  faulty('remove removes its neighbour too', /removed by itself/, (inner) => ({
    remove: async (topic) => {
      await inner.remove(topic)
      await inner.remove(topic.toUpperCase().replace('T:', 't:'))
    },
  })),
  faulty('remove of nothing fails', /not there can be removed/, (inner) => ({
    remove: async (topic) => {
      const { state } = await inner.read(topic, 0, { entries: 1, bytes: 1 })
      if (state.last > 0) return inner.remove(topic)
      return new Promise(() => {})
    },
  })),
  faulty('a new log has the epoch of the removed one', /removed is empty/, (inner) => ({
    append: async (topic, records, options) => {
      const outcome = await inner.append(topic, records, options)
      return outcome.kind === 'appended' ? { ...outcome, epoch: 'one' } : outcome
    },
  })),
  faulty('a tail knows only larger numbers', /is told of the new one/, noChange, (listener) => {
    let last = 0
    return {
      arrived: (topic, { state, records }) => {
        const later = records.filter(({ seq }) => seq > last)
        last = Math.max(last, state.last)
        listener.arrived(topic, { state, records: later })
      },
    }
  }),
]
