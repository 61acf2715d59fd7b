import { faulty, withKeep } from './faulty-engine.ts'
import type { AppendOptions } from '@sluice/hub'
import type { FaultyEngine } from './faulty-engine.ts'

export const trimFaults: readonly FaultyEngine[] = [
  faulty(
    'a limit that is infinite is none',
    /may be infinite/,
    withKeep(({ ms }) => ({ ms: Number.isFinite(ms) ? ms : 0 })),
  ),
  faulty(
    'keep.entries is ignored',
    /keep\.entries is/,
    withKeep(() => ({ entries: 1000 })),
  ),
  faulty(
    'one record more is kept',
    /keep\.entries is/,
    withKeep(({ entries }) => ({ entries: entries + 1 })),
  ),
  faulty(
    'one record fewer is kept',
    /a batch of more than/,
    withKeep(({ entries }) => ({ entries: entries - 1 })),
  ),
  faulty(
    'keep.bytes is ignored',
    /keep\.bytes is/,
    withKeep(() => ({ bytes: 2 ** 30 })),
  ),
  faulty(
    'a byte more is kept',
    /keep\.bytes is/,
    withKeep(({ bytes }) => ({ bytes: bytes + 1 })),
  ),
  faulty(
    'characters are counted',
    /bytes are counted/,
    withKeep(({ bytes }) => ({ bytes: bytes + 4 })),
  ),
  faulty('the newest is trimmed if it is too large', /the newest record is kept/, (inner) => ({
    append: async (topic, records, options) => {
      const outcome = await inner.append(topic, records, options)
      if ((records.at(-1)?.length ?? 0) > options.keep.bytes) await inner.remove(topic)
      return outcome
    },
  })),
  faulty(
    'keep.ms is ignored',
    /a record is kept for/,
    withKeep(() => ({ ms: 3_600_000 })),
  ),
  faulty(
    'keep.ms is in other units',
    /a record is kept for/,
    withKeep(({ ms }) => ({ ms: Math.ceil(ms / 20) })),
  ),
  faulty('the first keep.ms of a log holds for ever', /with longer keep\.ms/, (inner) => {
    const first = new Map<string, number>()
    return {
      append: (topic, records, options) => {
        const ms = first.get(topic) ?? options.keep.ms
        first.set(topic, ms)
        return inner.append(topic, records, { ...options, keep: { ...options.keep, ms } })
      },
    }
  }),
  faulty('the limits of the first append hold for ever', /hold for older records/, (inner) => {
    let first: AppendOptions['keep'] | undefined
    return {
      append: (topic, records, options) => {
        first ??= options.keep
        return inner.append(topic, records, { ...options, keep: first })
      },
    }
  }),
  faulty(
    'a log whose records are too old begins anew with the same epoch',
    /numbers are not given again/,
    (inner) => ({
      append: async (topic, records, options) => {
        const outcome = await inner.append(topic, records, options)
        return outcome.kind === 'appended' ? { ...outcome, epoch: 'one' } : outcome
      },
    }),
  ),
]
