import { expectEqual, expectThat } from './expect.ts'
import { keepAll, range, readAll, recordsOf, seqsOf, textsOf, topic } from './samples.ts'
import type { AppendOutcome } from '../engine/engine.ts'
import type { EngineCase } from './trial.ts'

const epochPattern = /^[\w-]{1,64}$/

const seqOf = (outcome: AppendOutcome): number | string =>
  outcome.kind === 'appended' ? outcome.seq : outcome.kind

export const appending: readonly EngineCase[] = [
  {
    name: 'records are numbered 1, 2, 3 in the order in which they were appended',
    async run(trial) {
      const one = trial.connect()
      const outcomes = []
      for (const records of [recordsOf('a'), recordsOf('b', 'c'), recordsOf('d')])
        outcomes.push(await one.append(topic, records, keepAll))
      expectEqual('the first number of each append', outcomes.map(seqOf), [1, 2, 4])
      const page = await one.read(topic, 0, readAll)
      expectEqual('what is read', textsOf(page), ['a', 'b', 'c', 'd'])
      expectEqual('their numbers', seqsOf(page), [1, 2, 3, 4])
    },
  },
  {
    name: 'an append and a read tell the same epoch, and each log has its own',
    async run(trial) {
      const one = trial.connect()
      const outcomes = [
        await one.append(topic, recordsOf('a'), keepAll),
        await one.append(topic, recordsOf('b'), keepAll),
        await one.append('t:other', recordsOf('c'), keepAll),
      ]
      const [first, second, other] = outcomes.map((each) =>
        each.kind === 'appended' ? each.epoch : each.kind,
      )
      const { state } = await trial.connect().read(topic, 0, readAll)
      expectEqual('the epochs of the state', state.epochs, [{ id: first, from: 1 }])
      expectEqual('the epoch of the second append', second, first)
      expectThat('the epoch of another log', other !== first, other, 'another one')
      expectThat('the epoch', epochPattern.test(first ?? ''), first, String(epochPattern))
    },
  },
  {
    name: 'bytes are read as they were appended',
    async run(trial) {
      const one = trial.connect()
      const records = [
        Uint8Array.from(range(0, 255)),
        new Uint8Array(),
        recordsOf('\r\n$-1\r\n\\x00 \'"; --')[0] ?? new Uint8Array(),
        Uint8Array.of(0xc3, 0x28, 0xf0, 0x80, 0xff, 0),
        // A piece of a larger buffer.
        Uint8Array.from(range(0, 99)).subarray(10, 20),
      ]
      await one.append(topic, records, keepAll)
      const page = await trial.connect().read(topic, 0, readAll)
      expectEqual(
        'the bytes',
        page.records.map(({ bytes }) => [...bytes]),
        records.map((bytes) => [...bytes]),
      )
    },
  },
  {
    name: 'a record of 1 MiB, and 256 records at once, are appended',
    async run(trial) {
      const one = trial.connect()
      const large = new Uint8Array(2 ** 20)
      for (let i = 0; i < large.length; i++) large[i] = (i * 31 + (i >> 8)) & 255
      await one.append(topic, [large], keepAll)
      await one.append(topic, recordsOf(...range(1, 256).map(String)), keepAll)
      const page = await trial.connect().read(topic, 0, readAll)
      const [first, ...others] = page.records
      const isSame = first?.bytes.every((byte, index) => byte === large[index])
      expectEqual('the length of the large record', first?.bytes.length, large.length)
      expectThat('the large record', isSame === true, 'other bytes', 'the same bytes')
      expectEqual('its number, and those of the others', seqsOf(page), range(1, 257))
      expectEqual('the last', textsOf({ ...page, records: others }).at(-1), '256')
    },
  },
  {
    name: 'records that are appended together stay together, whatever others append meanwhile',
    async run(trial) {
      const connected = [trial.connect(), trial.connect()]
      const appends = connected.map(async (one, process) => {
        for (const batch of range(1, 25))
          await one.append(
            topic,
            recordsOf(...range(1, 4).map((place) => `${process} ${batch} ${place}`)),
            keepAll,
          )
      })
      await Promise.all(appends)
      const page = await trial.connect().read(topic, 0, readAll)
      expectEqual('the numbers', seqsOf(page), range(1, 200))
      const texts = textsOf(page)
      const batches = range(0, 49).map((index) => texts.slice(index * 4, index * 4 + 4))
      for (const batch of batches) {
        const start = batch[0]?.slice(0, -1)
        expectEqual(
          'a batch',
          batch,
          range(1, 4).map((place) => `${start}${place}`),
        )
      }
      for (const process of ['0', '1'])
        expectEqual(
          'the batches of one connection',
          batches
            .filter(([first]) => first?.startsWith(process))
            .map(([first]) => first?.split(' ')[1]),
          range(1, 25).map(String),
        )
    },
  },
  {
    name: 'each of many appends at once gets the number under which its record is read',
    async run(trial) {
      const connected = [trial.connect(), trial.connect()]
      const texts = range(1, 100).map(String)
      const outcomes = await Promise.all(
        texts.map((text, index) => {
          const one = connected[index % 2] ?? trial.connect()
          return one.append(topic, recordsOf(text), keepAll)
        }),
      )
      const page = await trial.connect().read(topic, 0, readAll)
      expectEqual('the numbers', seqsOf(page), range(1, 100))
      const read = textsOf(page)
      expectEqual(
        'the record under the number of each append',
        outcomes.map((each) => (each.kind === 'appended' ? read[each.seq - 1] : each.kind)),
        texts,
      )
    },
  },
]
