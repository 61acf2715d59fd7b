import { expectEqual, expectThat } from './expect.ts'
import { keepAll, range, readAll, recordsOf, textOfRecord, topic } from './samples.ts'
import { pause } from './trial.ts'
import type { Connected, EngineCase } from './trial.ts'

/** Milliseconds in which something may come too late. */
const settleMs = 50

const textsHeard = ({ heard }: Connected, name: string = topic): string[] =>
  heard.recordsOf(name).map(({ text }) => text)

const appendEach = async (one: Connected, name: string, texts: readonly string[]) => {
  for (const text of texts) await one.append(name, recordsOf(text), keepAll)
}

export const following: readonly EngineCase[] = [
  {
    name: 'a follower gets what every connection appends after its state, in order',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      await one.append(topic, recordsOf('old'), keepAll)
      const state = await one.follow(topic)
      expectEqual('the last number of the state', state.last, 1)
      await other.append(topic, recordsOf('a', 'b'), keepAll)
      await one.append(topic, recordsOf('c'), keepAll)
      await other.append(topic, recordsOf('d'), keepAll)
      await trial.arrived(one, topic, 4)
      expectEqual('what arrived', textsHeard(one), ['a', 'b', 'c', 'd'])
      one.heard.checkAfter(topic, state)
      const { state: read } = await other.read(topic, 0, readAll)
      const epochs = new Set(one.heard.recordsOf(topic).map(({ epoch }) => epoch))
      expectEqual('its epoch', [...epochs], [read.epochs.at(-1)?.id])
      expectEqual('what the other one was told', other.heard.pagesOf(topic), [])
    },
  },
  {
    name: 'a follower of a log that is empty gets its first record',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      const state = await one.follow(topic)
      expectEqual('the last number of the state', state.last, 0)
      await other.append(topic, recordsOf('a'), keepAll)
      await trial.arrived(one, topic, 1)
      expectEqual('what arrived', textsHeard(one), ['a'])
      one.heard.checkAfter(topic, state)
    },
  },
  {
    name: 'nothing is missed between the state and what arrives, while two connections append',
    async run(trial) {
      const writers = [trial.connect(), trial.connect()]
      const writing = Promise.all(
        writers.map((one, process) =>
          appendEach(
            one,
            topic,
            range(1, 150).map((n) => `${process} ${n}`),
          ),
        ),
      )
      const followers = await Promise.all(
        range(1, 5).map(async (n) => {
          const one = trial.connect()
          await one.read(topic, n, readAll)
          return { one, state: await one.follow(topic) }
        }),
      )
      await writing
      const all = await writers[0]?.read(topic, 0, readAll)
      for (const { one, state } of followers) {
        await trial.arrived(one, topic, 300 - state.last)
        one.heard.checkAfter(topic, state)
        const arrived = one.heard.recordsOf(topic).map(({ seq }) => seq)
        expectEqual('what arrived', arrived, range(state.last + 1, 300))
        const last = all?.records.at(-1)
        expectEqual(
          'the text of the last',
          textsHeard(one).at(-1),
          last && textOfRecord(last.bytes),
        )
      }
    },
  },
  {
    name: 'bytes arrive as they were appended, a record of 1 MiB too',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      await one.follow(topic)
      const records = [
        Uint8Array.from(range(0, 255)),
        new Uint8Array(),
        new Uint8Array(2 ** 20).fill(200),
      ]
      await other.append(topic, records, keepAll)
      await trial.arrived(one, topic, 3)
      const arrived = one.heard.pagesOf(topic).flatMap((page) => page.records)
      expectEqual(
        'the bytes',
        arrived.map(({ bytes }) => [bytes.length, bytes[1], bytes.at(-1)]),
        records.map((bytes) => [bytes.length, bytes[1], bytes.at(-1)]),
      )
    },
  },
  {
    name: 'the end arrives with a state that has ended',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      await one.follow(topic)
      await other.append(topic, recordsOf('a'), keepAll)
      await other.append(topic, recordsOf('end'), { ...keepAll, ends: true })
      await trial.arrived(one, topic, 2)
      expectEqual('ended', one.heard.pagesOf(topic).at(-1)?.state.ended, true)
      expectEqual('what arrived', textsHeard(one), ['a', 'end'])
    },
  },
  {
    name: 'a follower that is behind what is kept gets the newest in order',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      const state = await one.follow(topic)
      const keep = { ...keepAll.keep, entries: 2 }
      for (const n of range(1, 60))
        await other.append(topic, recordsOf(...range(1, 5).map((place) => `${n} ${place}`)), {
          keep,
        })
      await trial.until(
        'the newest record arrives',
        () => textsHeard(one).at(-1) === '60 5',
        () => textsHeard(one).at(-1),
      )
      await pause(settleMs)
      one.heard.checkAfter(topic, state)
    },
  },
  {
    name: 'many topics are followed at once, and each gets its own records',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      const names = range(1, 60).map((n) => `t:${n}`)
      await Promise.all(names.map((name) => one.follow(name)))
      await Promise.all(names.map((name) => appendEach(other, name, [`${name} a`, `${name} b`])))
      for (const name of names) {
        await trial.arrived(one, name, 2)
        expectEqual('what arrived', textsHeard(one, name), [`${name} a`, `${name} b`])
      }
    },
  },
  {
    name: 'after unfollow nothing arrives, and other topics go on',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      await one.follow(topic)
      await one.follow('t:other')
      await other.append(topic, recordsOf('a'), keepAll)
      await trial.arrived(one, topic, 1)
      one.unfollow(topic)
      await other.append(topic, recordsOf('b'), keepAll)
      await other.append('t:other', recordsOf('c'), keepAll)
      await trial.arrived(one, 't:other', 1)
      expectEqual('what arrived', textsHeard(one), ['a'])
    },
  },
  {
    name: 'a topic is followed again from a new state, though it was unfollowed just before',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      const writing = appendEach(other, topic, range(1, 100).map(String))
      for (const round of range(1, 10)) {
        await one.follow(topic)
        one.unfollow(topic)
        if (round % 2 === 0) await trial.connect().read(topic, 0, readAll)
      }
      one.heard.forget(topic)
      const state = await one.follow(topic)
      await writing
      await pause(settleMs)
      await other.append(topic, recordsOf('last'), keepAll)
      await trial.arrived(one, topic, 101 - state.last)
      one.heard.checkAfter(topic, state)
      expectThat('errors', one.heard.errors.length === 0, one.heard.errors.map(String), 'none')
    },
  },
]
