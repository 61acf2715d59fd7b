import { expectEqual } from './expect.ts'
import { keepAll, lease, readAll, recordsOf, textsOf, topic } from './samples.ts'
import type { EngineCase } from './trial.ts'

const ends = { ...keepAll, ends: true }

export const ending: readonly EngineCase[] = [
  {
    name: 'an append with ends ends the log: later ones append nothing',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      await one.append(topic, recordsOf('a'), keepAll)
      await one.append(topic, recordsOf('b', 'end'), ends)
      for (const options of [keepAll, ends])
        expectEqual('a later append', await other.append(topic, recordsOf('c'), options), {
          kind: 'ended',
        })
      const page = await other.read(topic, 0, readAll)
      expectEqual('what is read', textsOf(page), ['a', 'b', 'end'])
      expectEqual('ended, of the state', page.state.ended, true)
    },
  },
  {
    name: 'one of many ends at once is the end',
    async run(trial) {
      const connected = [trial.connect(), trial.connect()]
      const outcomes = await Promise.all(
        [...connected, ...connected, ...connected].map((one, index) =>
          one.append(topic, recordsOf(String(index)), ends),
        ),
      )
      const winner = outcomes.findIndex(({ kind }) => kind === 'appended')
      expectEqual(
        'the outcomes that are appended',
        outcomes.filter(({ kind }) => kind === 'appended').length,
        1,
      )
      const page = await trial.connect().read(topic, 0, readAll)
      expectEqual('what is read', textsOf(page), [String(winner)])
    },
  },
  {
    name: 'a log that has ended is trimmed, and has still ended',
    async run(trial) {
      const one = trial.connect()
      await one.append(topic, recordsOf('a', 'b', 'end'), {
        keep: { ...keepAll.keep, entries: 1 },
        ends: true,
      })
      const page = await one.read(topic, 0, readAll)
      expectEqual('what is read', textsOf(page), ['end'])
      expectEqual('ended, of the state', page.state.ended, true)
    },
  },
  {
    name: 'an append with ifHeld appends only while the register has the value',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      const held = { ...keepAll, ifHeld: { key: lease, value: 'me' } }
      const notHeld = { kind: 'not held' }
      expectEqual('without a value', await one.append(topic, recordsOf('a'), held), notHeld)
      await other.swap(lease, { expected: undefined, next: 'me', ttlMs: 60_000 })
      const outcome = await one.append(topic, recordsOf('b'), held)
      expectEqual('with the value', outcome.kind, 'appended')
      await other.swap(lease, { expected: 'me', next: 'you', ttlMs: 60_000 })
      expectEqual('with another value', await one.append(topic, recordsOf('c'), held), notHeld)
      await other.swap(lease, { expected: 'you', next: undefined })
      expectEqual('without it again', await one.append(topic, recordsOf('d'), held), notHeld)
      const page = await other.read(topic, 0, readAll)
      expectEqual('what is read', textsOf(page), ['b'])
    },
  },
  {
    name: 'an append with ifHeld appends nothing once the register is too old',
    async run(trial) {
      const one = trial.connect()
      const held = { ...keepAll, ifHeld: { key: lease, value: 'me' } }
      await one.swap(lease, { expected: undefined, next: 'me', ttlMs: 100 })
      await trial.until(
        'the register is too old',
        async () => (await one.swap(lease, { expected: undefined, next: undefined })) === undefined,
        () => 'a value',
      )
      const outcome = await one.append(topic, recordsOf('a'), held)
      expectEqual('the append', outcome, { kind: 'not held' })
      expectEqual('the last number', (await one.read(topic, 0, readAll)).state.last, 0)
    },
  },
]
