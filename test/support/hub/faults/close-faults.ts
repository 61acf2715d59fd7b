import { sleep } from '@sluice/pause'
import { faulty } from './faulty-engine.ts'
import type { FaultyEngine } from './faulty-engine.ts'

export const closeFaults: readonly FaultyEngine[] = [
  faulty('close comes late', /after close every call rejects/, (inner) => ({
    close: async () => {
      setTimeout(() => inner.close(), 100)
    },
  })),
  faulty('calls after close succeed', /after close every call rejects/, (inner) => ({
    swap: (key, change) => inner.swap(key, change).catch(() => undefined),
  })),
  faulty('close twice hangs', /after close every call rejects/, (inner) => {
    let isClosed = false
    return {
      close: () => {
        if (isClosed) return new Promise(() => {})
        isClosed = true
        return inner.close()
      },
    }
  }),
  faulty('calls in flight at close hang', /in flight at close/, (inner) => {
    let isClosed = false
    return {
      read: async (topic, after, limits) => {
        await sleep(0)
        return isClosed ? new Promise(() => {}) : inner.read(topic, after, limits)
      },
      close: () => {
        isClosed = true
        return inner.close()
      },
    }
  }),
  faulty('close waits for the first use', /never used closes/, (inner) => {
    let isUsed = false
    return {
      read: (topic, after, limits) => {
        isUsed = true
        return inner.read(topic, after, limits)
      },
      close: () => (isUsed ? inner.close() : new Promise(() => {})),
    }
  }),
  faulty('close leaves a timer', /no timer, socket/, (inner) => ({
    close: () => {
      setTimeout(() => {}, 3_000)
      return inner.close()
    },
  })),
]
