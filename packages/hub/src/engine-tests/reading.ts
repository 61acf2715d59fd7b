import { expectEqual, expectThat } from './expect.ts'
import { keepAll, range, readAll, recordsOf, seqsOf, textsOf, topic } from './samples.ts'
import type { LogState } from '../engine/engine.ts'
import type { EngineCase } from './trial.ts'

export const reading: readonly EngineCase[] = [
  {
    name: 'a log that nothing was appended to is empty',
    async run(trial) {
      const { state, records } = await trial.connect().read(topic, 0, readAll)
      expectEqual('its state', orderedState(state), emptyState)
      expectEqual('its records', records.length, 0)
    },
  },
  {
    name: 'a read gives what comes after a number, and the state of the log',
    async run(trial) {
      const one = trial.connect()
      await one.append(topic, recordsOf('a', 'b', 'c'), keepAll)
      for (const { after, wanted } of [
        { after: 0, wanted: [1, 2, 3] },
        { after: 1, wanted: [2, 3] },
        { after: 3, wanted: [] },
        { after: 4, wanted: [] },
        { after: Number.MAX_SAFE_INTEGER, wanted: [] },
      ]) {
        const page = await one.read(topic, after, readAll)
        expectEqual(`the numbers after ${after}`, seqsOf(page), wanted)
        const { first, last, ended } = page.state
        expectEqual('the state', { first, last, ended }, { first: 1, last: 3, ended: false })
      }
    },
  },
  {
    name: 'a read gives no more records than asked for',
    async run(trial) {
      const one = trial.connect()
      await one.append(topic, recordsOf('a', 'b', 'c'), keepAll)
      const page = await one.read(topic, 1, { ...readAll, entries: 1 })
      expectEqual('what is read', textsOf(page), ['b'])
      expectEqual('the last number of the state', page.state.last, 3)
    },
  },
  {
    name: 'a read gives no more bytes than asked for, but at least one record',
    async run(trial) {
      const one = trial.connect()
      await one.append(topic, recordsOf('12345', '12345', '12345'), keepAll)
      for (const { bytes, wanted } of [
        { bytes: 1, wanted: [1] },
        { bytes: 9, wanted: [1] },
        { bytes: 10, wanted: [1, 2] },
        { bytes: 14, wanted: [1, 2] },
        { bytes: 15, wanted: [1, 2, 3] },
      ])
        expectEqual(
          `the numbers in ${bytes} bytes`,
          seqsOf(await one.read(topic, 0, { ...readAll, bytes })),
          wanted,
        )
    },
  },
  {
    name: 'what was appended is read at once, by every connection',
    async run(trial) {
      const connected = [trial.connect(), trial.connect()]
      for (const seq of range(1, 40)) {
        await connected[seq % 2]?.append(topic, recordsOf(String(seq)), keepAll)
        for (const one of connected)
          expectEqual(
            `what is read after the append of ${seq}`,
            seqsOf(await one.read(topic, seq - 1, readAll)),
            [seq],
          )
      }
    },
  },
  {
    name: 'a page fits its state while others append and trim',
    async run(trial) {
      const [writer, reader] = [trial.connect(), trial.connect()]
      const keep = { ...keepAll.keep, entries: 20 }
      let isOver = false
      const writing = (async () => {
        for (const batch of range(1, 100))
          await writer.append(topic, recordsOf(...range(1, 5).map((n) => `${batch} ${n}`)), {
            keep,
          })
        isOver = true
      })()
      let after = 0
      while (!isOver || after < 500) {
        const page = await reader.read(topic, after, { ...readAll, entries: 7 })
        const { first, last } = page.state
        const from = Math.max(after + 1, first)
        expectEqual(
          `the numbers after ${after}, of a log from ${first} to ${last}`,
          seqsOf(page),
          range(from, Math.min(last, from + 6)),
        )
        expectThat('what is kept', last - first < 20, last - first + 1, 'at most 20')
        after = Math.max(after, seqsOf(page).at(-1) ?? 0)
      }
      await writing
    },
  },
]

const emptyState = { epochs: [], first: 1, last: 0, ended: false }

const orderedState = ({ epochs, first, last, ended }: LogState) => ({ epochs, first, last, ended })
