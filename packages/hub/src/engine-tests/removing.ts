import { expectEqual, expectThat } from './expect.ts'
import { bytesOf, keepAll, readAll, textsOf, topic } from './samples.ts'
import type { EngineCase } from './trial.ts'

export const removing: readonly EngineCase[] = [
  {
    name: 'a log that was removed is empty, and begins anew with another epoch',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      const before = await one.append(topic, bytesOf('a', 'b'), { ...keepAll, ends: true })
      await one.append('t:other', bytesOf('other'), keepAll)
      await other.remove(topic)
      const { state, records } = await one.read(topic, 0, readAll)
      expectEqual('its records', records.length, 0)
      expectEqual('ended', state.ended, false)
      const after = await one.append(topic, bytesOf('c'), keepAll)
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
    name: 'a follower of a log that was removed gets what is appended to the new one',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      await one.follow(topic)
      await other.append(topic, bytesOf('a', 'b', 'c'), keepAll)
      await trial.arrived(one, topic, 3)
      await other.remove(topic)
      await other.append(topic, bytesOf('d'), keepAll)
      await trial.arrived(one, topic, 4)
      const heard = one.heard.recordsOf(topic)
      expectEqual(
        'what arrived',
        heard.map(({ text }) => text),
        ['a', 'b', 'c', 'd'],
      )
      const epochs = new Set(heard.map(({ epoch }) => epoch))
      expectEqual('the epochs of what arrived', epochs.size, 2)
    },
  },
]
