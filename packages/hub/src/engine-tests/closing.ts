import { expectEqual, expectRejection, settles } from './expect.ts'
import { handlesNow } from './handles.ts'
import { keepAll, range, readAll, recordsOf, textsOf, topic } from './samples.ts'
import { pause } from './trial.ts'
import type { Connected, EngineCase } from './trial.ts'

const read = { expected: undefined, next: undefined }

const callsOf = (one: Connected): Readonly<Record<string, () => Promise<unknown>>> => ({
  append: () => one.append(topic, recordsOf('x'), keepAll),
  read: () => one.read(topic, 0, readAll),
  follow: () => one.follow(topic),
  swap: () => one.swap('r:a', read),
  remove: () => one.remove('t:none'),
})

/** Connections that are opened and closed, to tell what each leaves from what is made once. */
const rounds = 20

export const closing: readonly EngineCase[] = [
  {
    name: 'after close every call rejects, nothing arrives, and others go on',
    async run(trial) {
      const [one, other] = [trial.connect(), trial.connect()]
      await one.follow(topic)
      await other.follow(topic)
      await one.append(topic, recordsOf('a'), keepAll)
      await trial.arrived(one, topic, 1)
      await one.close()
      await one.close()
      for (const [name, call] of Object.entries(callsOf(one)))
        await expectRejection(`${name} after close`, call())
      one.unfollow(topic)
      await other.append(topic, recordsOf('b'), keepAll)
      await trial.arrived(other, topic, 2)
      expectEqual(
        'what arrived after close',
        one.heard.recordsOf(topic).map(({ text }) => text),
        ['a'],
      )
      expectEqual('what is read', textsOf(await other.read(topic, 0, readAll)), ['a', 'b'])
    },
  },
  {
    name: 'calls that are in flight at close settle',
    async run(trial) {
      for (const wait of [false, true]) {
        const one = trial.connect()
        if (wait) await one.read(topic, 0, readAll)
        const calls = Object.values(callsOf(one)).map((call) => call())
        const settled = calls.map(settles)
        await one.close()
        await Promise.all(settled)
      }
    },
  },
  {
    name: 'a connection that was never used closes',
    async run(trial) {
      await trial.connect().close()
    },
  },
  {
    name: 'close leaves no timer, socket or other handle behind',
    async run(trial) {
      const useOnce = async () => {
        const one = trial.connect()
        await one.follow(topic)
        await one.append(topic, recordsOf('a'), keepAll)
        await one.swap('r:a', { expected: undefined, next: undefined })
        await one.read(topic, 0, readAll)
        await one.close()
      }
      await useOnce()
      const before = handlesNow()
      if (before === undefined) return
      for (const _ of range(1, rounds)) await useOnce()
      await pause(20)
      const more = () => (handlesNow() ?? 0) - before
      await trial.until('the handles are gone', () => more() < rounds, more)
    },
  },
]
