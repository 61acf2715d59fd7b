import { sleep } from '@sluice/pause'
import { faulty, throughText, withPages, withRecords } from './faulty-engine.ts'
import type { FaultyEngine } from './faulty-engine.ts'

export const appendFaults: readonly FaultyEngine[] = [
  faulty('an append tells the number of its last record', /numbered 1, 2, 3/, (inner) => ({
    append: async (topic, records, options) => {
      const outcome = await inner.append(topic, records, options)
      return outcome.kind === 'appended'
        ? { ...outcome, seq: outcome.seq + records.length - 1 }
        : outcome
    },
  })),
  faulty('an append tells an epoch of its own', /same epoch/, (inner) => ({
    append: async (topic, records, options) => {
      const outcome = await inner.append(topic, records, options)
      return outcome.kind === 'appended' ? { ...outcome, epoch: 'mine' } : outcome
    },
  })),
  faulty('an append loses empty records', /bytes are read as they were/, (inner) => ({
    append: (topic, records, options) =>
      inner.append(
        topic,
        records.filter(({ length }) => length > 0),
        options,
      ),
  })),
  faulty(
    'records are kept as text',
    /bytes are read as they were/,
    withPages(withRecords(throughText)),
  ),
  faulty(
    'a record keeps the whole buffer that it is a piece of',
    /bytes are read as they were/,
    (inner) => ({
      append: (topic, records, options) =>
        inner.append(
          topic,
          records.map(({ buffer }) => new Uint8Array(buffer)),
          options,
        ),
    }),
  ),
  faulty(
    'a record has at most 64 KiB',
    /1 MiB, and 256 records/,
    withPages(withRecords((bytes) => bytes.subarray(0, 65_536))),
  ),
  faulty('a batch is appended one by one', /appended together stay together/, (inner) => ({
    append: async (topic, records, options) => {
      const [first = new Uint8Array(), ...others] = records
      const outcome = await inner.append(topic, [first], options)
      for (const record of others) {
        await sleep(0)
        await inner.append(topic, [record], options)
      }
      return outcome
    },
  })),
  faulty('appends that meet get the same number', /each of many appends/, (inner) => ({
    append: async (topic, records, options) => {
      const { state } = await inner.read(topic, 0, { entries: 1, bytes: 1 })
      await sleep(0)
      const outcome = await inner.append(topic, records, options)
      return outcome.kind === 'appended' ? { ...outcome, seq: state.last + 1 } : outcome
    },
  })),
]
