// What a source throws, yields, or is: nothing of it may escape, and every outcome settles.

import { readText, toBody } from '@sluice/body'
import { durable, memory, openHub } from '@sluice/hub'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { briefsOf, soon, withProcesses } from '../support/hub/processes.ts'
import { readItems } from '../support/hub/read-items.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { turn, within } from '../support/within.ts'
import type { ProduceHandle, Topic } from '@sluice/hub'

const sources = suite('produce: sources')

const nope = (): never => {
  throw new Error('a getter')
}

const hostile: readonly { readonly name: string; readonly error: unknown }[] = [
  {
    name: 'an error with a getter that throws',
    error: {
      get expose() {
        return nope()
      },
    },
  },
  {
    name: 'an error with a message that throws',
    error: {
      expose: true,
      get message() {
        return nope()
      },
    },
  },
  { name: 'a proxy that throws', error: new Proxy({}, { get: nope, has: nope }) },
  { name: 'a message that is no text', error: { expose: true, message: { toString: nope } } },
  { name: 'nothing', error: undefined },
]

for (const { name, error } of hostile)
  sources(`a source that throws ${name} has failed`, () =>
    withProcesses(1, async ({ topic, errors }) => {
      const { outcome } = topic.produce(() => {
        throw error
      })
      const [end] = await within(soon, readItems(topic.read()))
      assert.is(end?.kind === 'end' && `${end.how}: ${end.reason}`, 'failed: the source failed')
      assert.is(await within(soon, outcome), 'failed')
      assert.is(errors.length, 1)
      assert.ok(errors[0] === error)
    }),
  )

/** Calls with what TypeScript would refuse. */
const produce = (topic: Topic, source: unknown): ProduceHandle =>
  Reflect.apply(topic.produce, topic, [source])

sources('promises of a synchronous iterable are awaited', () =>
  withProcesses(1, async ({ hub }) => {
    const later = async (value: number) => {
      await turn(3)
      return value
    }
    const given: readonly (() => unknown)[] = [
      () => [later(1), 2, Promise.resolve(3)],
      () => new Set([later(1), 2, later(3)]),
      function* () {
        yield later(1)
        yield 2
        yield later(3)
      },
    ]
    for (const [i, source] of given.entries()) {
      const topic = hub.topic(`promises ${i}`)
      produce(topic, source)
      assert.equal(await briefsOf(topic), ['v 1', 'v 2', 'v 3', 'end finished'])
    }
  }),
)

sources('a promise that rejects fails the source, and closes it', () =>
  withProcesses(1, async ({ hub, errors }) => {
    const gone = new Error('gone')
    let closed = 0
    const iterator = (): Iterator<unknown> => {
      let nth = 0
      return {
        next: () => ({ done: false, value: nth++ === 0 ? 1 : Promise.reject(gone) }),
        return() {
          closed++
          return { done: true, value: undefined }
        },
      }
    }
    const given: readonly unknown[] = [
      [Promise.resolve(1), Promise.reject(gone), Promise.reject(new Error('not reached'))],
      () => [1, Promise.reject(gone)],
      { [Symbol.iterator]: iterator },
    ]
    for (const [i, source] of given.entries()) {
      const topic = hub.topic(`rejecting ${i}`)
      const { outcome } = produce(topic, source)
      assert.equal(await briefsOf(topic), ['v 1', 'end failed'])
      assert.is(await within(soon, outcome), 'failed')
      assert.ok(errors[i] === gone)
    }
    assert.is(closed, 1)
  }),
)

sources('a promise of a source that is not run does not end the process', () =>
  withProcesses(1, async ({ topic }) => {
    await topic.stop()
    const { outcome } = produce(topic, [Promise.reject(new Error('not run'))])
    assert.is(await within(soon, outcome), 'stopped')
    await turn(5)
  }),
)

sources('a promise that an asynchronous iterator gives as a value fails the source', () =>
  withProcesses(1, async ({ topic, errors }) => {
    const next = async () => ({ done: false, value: Promise.reject(new Error('a mistake')) })
    produce(topic, { [Symbol.asyncIterator]: () => ({ next }) })
    assert.equal(await briefsOf(topic), ['end failed'])
    assert.match(String(errors[0]), /found a promise/)
  }),
)

const refused: readonly { readonly name: string; readonly source: unknown }[] = [
  { name: 'an open that is no function', source: { open: 5 } },
  { name: 'a close that is no function', source: { open: () => [], close: 5 } },
  { name: 'a Symbol.iterator that is no function', source: { [Symbol.iterator]: 5 } },
  { name: 'a Symbol.asyncIterator that is no function', source: { [Symbol.asyncIterator]: 5 } },
  { name: 'a text', source: 'abc' },
  { name: 'null', source: null },
]

for (const { name, source } of refused)
  sources(`${name} is refused at the call`, () =>
    withProcesses(1, async ({ topic, guard }) => {
      throwsAtOnce(() => produce(topic, source), TypeError)
      assert.is(guard.appends, 0)
    }),
  )

sources(
  'on a closed hub the outcome is closed, the source is closed, and nothing is reported',
  () =>
    withProcesses(1, async ({ hub, topic, errors }) => {
      const closing = hub.close()
      let closed = 0
      const source = { open: () => [], close: () => void closed++ }
      const during = topic.produce(source).outcome
      await closing
      const after = topic.produce(source).outcome
      assert.equal(await within(soon, Promise.all([during, after])), ['closed', 'closed'])
      assert.is(closed, 2)
      const body = durable(() => toBody('never'), topic)
      await rejects(() => within(soon, readText(body)), 'HUB_CLOSED')
      await turn(5)
      assert.equal(errors, [])
    }),
)

sources('a hub that fails to follow once produces when it can', async () => {
  for (const which of ['t:', 'c:']) {
    const errors: unknown[] = []
    let failures = 0
    const hub = openHub({
      onError: (error) => errors.push(error),
      engine: {
        name: 'flaky',
        connect(listener) {
          const connection = memory().connect(listener)
          const follow = connection.follow.bind(connection)
          connection.follow = async (log) => {
            if (log.startsWith(which) && failures++ === 0) throw new Error('down')
            return follow(log)
          }
          return connection
        },
      },
    })
    const topic = hub.topic('t')
    const { outcome } = topic.produce([1, 2])
    assert.is(await within(soon, outcome), 'finished')
    assert.equal(await briefsOf(topic), ['v 1', 'v 2', 'end finished'])
    assert.is(errors.length, 1)
    await hub.close()
  }
})

sources('a clock that runs fast does not end a production before it has begun', async () => {
  const real = performance.now.bind(performance)
  let readings = 0
  performance.now = () => real() + 2 * readings++
  const hub = openHub({ leaseMs: 1, onError: () => {} })
  try {
    const { outcome } = hub.topic('t').produce(() => [], { graceMs: 0 })
    assert.type(await within(soon, outcome), 'string')
  } finally {
    performance.now = real
    await hub.close()
  }
})

sources('a grace of any length sets no timer that is too long', async () => {
  const warnings: string[] = []
  const listen = ({ name }: Error) => warnings.push(name)
  process.on('warning', listen)
  const hub = openHub()
  for (const graceMs of [1e12, Number.POSITIVE_INFINITY]) {
    const topic = hub.topic(`grace ${graceMs}`)
    const { outcome } = topic.produce(() => [1], { graceMs })
    assert.is(await within(soon, outcome), 'finished')
  }
  const waiting = hub.topic('waits').produce(() => new Promise(() => {}), { graceMs: 1e12 })
  await turn(20)
  await hub.close()
  assert.is(await within(soon, waiting.outcome), 'closed')
  process.off('warning', listen)
  assert.equal(warnings, [])
})

sources.run()
