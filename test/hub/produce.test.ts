// A source that runs into a topic once over all processes: here, hubs on one engine in memory.
import { data, fields, toBody } from '@sluice/body'
import { HttpError } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { briefsOf, soon, withProcesses } from '../support/hub/processes.ts'
import { brief, readItems } from '../support/hub/read-items.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'

const produces = suite('produce')

const count = async function* (from: number, to: number): AsyncGenerator<number> {
  for (let i = from; i <= to; i++) yield i
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Yields, and then waits until the signal aborts. */
const until = async function* (signal: AbortSignal, ...values: unknown[]) {
  yield* values
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
}

produces('two processes run the source once, and the readers of both get all of it', () =>
  withProcesses(2, async (one, two) => {
    let runs = 0
    const gate = deferred()
    const source = async function* () {
      runs++
      yield 1
      await gate.promise
      yield 2
    }
    const topics = [one.topic, two.topic]
    const readings = topics.map((topic) => briefsOf(topic))
    const outcomes = topics.map((topic) => topic.produce(source).outcome)
    await turn(5)
    gate.resolve()
    for (const reading of readings) assert.equal(await reading, ['v 1', 'v 2', 'end finished'])
    assert.equal(await within(soon, Promise.all(outcomes)), ['finished', 'finished'])
    assert.is(runs, 1)
  }),
)

produces('stop in another process aborts the signal, closes the source and ends the readers', () =>
  withProcesses(2, async (one, two) => {
    const aborted = deferred<unknown>()
    const closed = deferred()
    const { outcome } = one.topic.produce(async function* ({ signal }) {
      signal.addEventListener('abort', () => aborted.resolve(signal.reason))
      try {
        yield 1
        await aborted.promise
      } finally {
        closed.resolve()
      }
    })
    const reading = readItems(two.topic.read())
    await turn(5)
    await two.topic.stop('enough')
    const items = await within(soon, reading)
    assert.equal(items.map(brief), ['v 1', 'end stopped'])
    assert.is(items[1]?.kind === 'end' && items[1].reason, 'enough')
    assert.is(await within(soon, outcome), 'stopped')
    assert.is(codeOf(await within(soon, aborted.promise)), 'TOPIC_ENDED')
    await within(soon, closed.promise)
  }),
)

produces('stop ends a source that never settles', () =>
  withProcesses(1, async ({ topic }) => {
    const { outcome } = topic.produce(async function* () {
      yield 1
      await new Promise(() => {})
    })
    await briefsOf(topic, 1)
    await topic.stop()
    assert.is(await within(soon, outcome), 'stopped')
  }),
)

produces('a source that never waits holds neither the event loop nor stop', () =>
  withProcesses(1, async ({ topic }) => {
    const { outcome } = topic.produce(
      (function* () {
        for (let i = 0; ; i++) yield i
      })(),
    )
    await wait(30)
    await topic.stop()
    assert.is(await within(soon, outcome), 'stopped')
  }),
)

produces('the source is at most 64 entries ahead of the engine, which gets them together', () =>
  withProcesses(1, async ({ topic, guard }) => {
    const gate = deferred()
    let given = 0
    const { outcome } = topic.produce(async function* () {
      guard.append = async (pass) => {
        await gate.promise
        await turn()
        return pass()
      }
      for (let i = 1; i <= 200; i++) {
        given++
        yield i
      }
    })
    await turn(20)
    assert.is(given, 65)
    gate.resolve()
    assert.is(await within(soon, outcome), 'finished')
    const briefs = await briefsOf(topic)
    assert.equal(briefs, [...Array.from({ length: 200 }, (_, i) => `v ${i + 1}`), 'end finished'])
    assert.ok(guard.appends < 12, `${guard.appends} appends`)
  }),
)

produces('a source that fails ends the topic as failed, with a text that is safe', () =>
  withProcesses(1, async ({ hub, topic, errors }) => {
    const fault = new Error('the password is 1234')
    const { outcome } = topic.produce(async function* () {
      yield 1
      throw fault
    })
    const items = await within(soon, readItems(topic.read()))
    assert.equal(items.map(brief), ['v 1', 'end failed'])
    assert.is(items[1]?.kind === 'end' && items[1].reason, 'the source failed')
    assert.is(await within(soon, outcome), 'failed')
    assert.is(errors.length === 1 && errors[0], fault)
    const other = hub.topic('other')
    other.produce(() => {
      throw new HttpError('NOT_FOUND', 'no such model')
    })
    const [end] = await within(soon, readItems(other.read()))
    assert.is(end?.kind === 'end' && end.reason, 'no such model')
  }),
)

for (const { name, value, fault } of [
  { name: 'has no text in JSON', value: () => {}, fault: /^TypeError: Cannot append the value/ },
  { name: 'is too large', value: 'x'.repeat(99), fault: /found an entry of 101 bytes/ },
])
  produces(`a value that ${name} fails the source, which is closed`, () =>
    withProcesses(
      1,
      async ({ topic, errors }) => {
        const closed = deferred()
        const { outcome } = topic.produce(async function* () {
          try {
            yield 1
            yield value
            yield 2
          } finally {
            closed.resolve()
          }
        })
        assert.equal(await briefsOf(topic), ['v 1', 'end failed'])
        assert.is(await within(soon, outcome), 'failed')
        await within(soon, closed.promise)
        assert.match(String(errors[0]), fault)
      },
      { maxEntryBytes: 50 },
    ),
  )

produces('in one process, a second call joins, and its source is closed unread', () =>
  withProcesses(1, async ({ topic }) => {
    const closed = deferred()
    let nexts = 0
    const first = topic.produce(({ signal }) => until(signal, 1))
    const second = topic.produce({
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: nexts++ > 0, value: 2 }),
        return: async () => {
          closed.resolve()
          return { done: true, value: undefined }
        },
      }),
    })
    await within(soon, closed.promise)
    await briefsOf(topic, 1)
    await topic.stop()
    assert.equal(await within(soon, Promise.all([first.outcome, second.outcome])), [
      'stopped',
      'stopped',
    ])
    assert.is(nexts, 0)
  }),
)

produces('one source that is given twice runs', () =>
  withProcesses(1, async ({ topic }) => {
    const source = count(1, 2)
    topic.produce(source)
    topic.produce(source)
    assert.equal(await briefsOf(topic), ['v 1', 'v 2', 'end finished'])
  }),
)

produces('a topic that has ended is not produced again', () =>
  withProcesses(2, async (one, two) => {
    await within(soon, one.topic.produce(count(1, 1)).outcome)
    const { outcome } = two.topic.produce(() => {
      throw new Error('called')
    })
    assert.is(await within(soon, outcome), 'finished')
    assert.equal(await briefsOf(two.topic), ['v 1', 'end finished'])
  }),
)

produces('data of a body becomes bytes, its pauses are waited for, and its receipts settle', () =>
  withProcesses(
    1,
    async ({ topic }) => {
      const gate = deferred()
      const sent: unknown[] = []
      topic.produce(
        toBody(
          (async function* () {
            yield data(new Uint8Array([1, 2, 3, 4, 5]))
            yield { kind: 'flush' as const, sent: (lost?: unknown) => sent.push(lost) }
            yield { kind: 'pause' as const, until: gate.promise }
            yield 'é'
            yield { kind: 'trailers' as const, fields: fields({ 'x-sum': '1' }) }
          })(),
        ),
      )
      const reading = within(soon, readItems(topic.read()))
      await turn(10)
      assert.equal(sent, [undefined])
      assert.is(await stateOf(reading), 'pending')
      gate.resolve()
      assert.equal(
        (await reading).map((item) => (item.kind === 'entry' ? item.value : brief(item))),
        [
          new Uint8Array([1, 2, 3, 4]),
          new Uint8Array([5]),
          new Uint8Array([195, 169]),
          'end finished',
        ],
      )
    },
    { maxEntryBytes: 4 },
  ),
)

produces('values that have a kind are values', () =>
  withProcesses(1, async ({ topic }) => {
    const values = [
      { kind: 'data', text: 'a' },
      { kind: 'pause' },
      { kind: 'trailers' },
      { kind: 'flush', now: true },
      { kind: 'sluice.value' },
    ]
    topic.produce(values)
    const items = await within(soon, readItems(topic.read(), values.length))
    assert.equal(
      items.map((item) => item.kind === 'entry' && item.value),
      values,
    )
  }),
)

produces('after close the engine has neither the lease nor a log of the process', () =>
  withProcesses(2, async (one, two) => {
    const closing: unknown[] = []
    one.guard.removed = (log) => closing.push(log)
    one.topic.produce(({ signal }) => until(signal, 1))
    assert.equal(await briefsOf(one.topic, 1), ['v 1'])
    assert.match(String(await one.guard.look?.('r:lease:t:t')), /^[\w-]{36}\/1\.1$/)
    await one.hub.close()
    assert.is(await two.guard.look?.('r:lease:t:t'), undefined)
    assert.is(closing.length, 1)
    assert.match(String(closing[0]), /^c:/)
  }),
)

produces.run()
