import { expectEqual, expectThat } from './expect.ts'
import { keepAll, readAll, recordsOf, textsOf, topic } from './samples.ts'
import type { EngineCase } from './trial.ts'

export const removing: readonly EngineCase[] = [
  {
    name: 'a log that was removed is empty, and begins anew with another epoch',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      const before = await one.append(topic, recordsOf('a', 'b'), { ...keepAll, ends: true })
      await one.append('t:other', recordsOf('other'), keepAll)
      await other.remove(topic)
      const { state, records } = await one.read(topic, 0, readAll)
      expectEqual('its records', records.length, 0)
      expectEqual('ended', state.ended, false)
      const after = await one.append(topic, recordsOf('c'), keepAll)
      if (before.kind !== 'appended' || after.kind !== 'appended') {
        expectEqual('the next append', after.kind, 'appended')
        return
      }
      expectThat('its epoch', after.epoch !== before.epoch, after.epoch, 'another one')
      const page = await other.read(topic, after.seq - 1, readAll)
      expectEqual('what is read', textsOf(page), ['c'])
      expectEqual('another log', textsOf(await other.read('t:other', 0, readAll)), ['other'])
    },
  },
  {
    name: 'a log that is not there can be removed',
    async run(trial) {
      const one = trial.connect()
      await one.remove(topic)
      await one.remove(topic)
      expectEqual('the last number', (await one.read(topic, 0, readAll)).state.last, 0)
    },
  },
  {
    name: 'a follower of a log that was removed is told of the new one, and gets what it appends',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      const state = await one.follow(topic)
      await other.append(topic, recordsOf('a', 'b', 'c'), keepAll)
      await trial.arrived(one, topic, 3)
      const before = one.heard.pagesOf(topic).at(-1)?.state.epochs.at(-1)
      await other.remove(topic)
      await other.append(topic, recordsOf('d'), keepAll)
      // As a record, or as a new state: then readers read it from the engine.
      const latest = () => one.heard.pagesOf(topic).at(-1)?.state
      await trial.until(
        'the new log is told',
        () => latest()?.epochs.at(-1)?.id !== before?.id && (latest()?.last ?? 0) > 0,
        latest,
      )
      await other.append(topic, recordsOf('e', 'f'), keepAll)
      await trial.until(
        'what it appends arrives',
        () => one.heard.recordsOf(topic).at(-1)?.text === 'f',
        () => one.heard.recordsOf(topic),
      )
      one.heard.checkAfter(topic, state)
      const epochs = new Set(one.heard.recordsOf(topic).map(({ epoch }) => epoch))
      expectEqual('the epochs of what arrived', epochs.size, 2)
    },
  },
]
