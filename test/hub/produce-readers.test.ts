// Who keeps a production running: readers in any process. Leaving is not stopping.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { briefsOf, soon, withProcesses } from '../support/hub/processes.ts'
import { brief, readItems } from '../support/hub/read-items.ts'
import { throwsAtOnce } from '../support/rejects.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { ProduceContext, Topic } from '@sluice/hub'

const readers = suite('readers of a production')

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** A reading that a test leaves. */
const startReading = (topic: Topic) => {
  const reading = topic.read()[Symbol.asyncIterator]()
  const first = reading.next()
  first.then(undefined, () => {})
  return { first, leave: () => reading.return?.() }
}

/** A source that tells why it was ended. */
const endless = () => {
  const ended = deferred<unknown>()
  async function* source({ signal, last }: ProduceContext) {
    signal.addEventListener('abort', () => ended.resolve(codeOf(signal.reason)))
    yield last === undefined ? 1 : `behind ${last.value}`
    await ended.promise
  }
  return { source, ended: ended.promise }
}

const short = { leaseMs: 90, engineTimeoutMs: 10_000 }

readers('none for graceMs after the last has left: the topic ends as stopped', () =>
  withProcesses(
    1,
    async ({ topic }) => {
      const { source, ended } = endless()
      const { outcome } = topic.produce(source, { graceMs: 30 })
      const { first, leave } = startReading(topic)
      await within(soon, first)
      await wait(200)
      assert.is(await stateOf(outcome), 'pending')
      await leave()
      assert.is(await within(soon, outcome), 'stopped')
      assert.is(await within(soon, ended), 'READERS_GONE')
      const end = (await within(soon, readItems(topic.read()))).at(-1)
      assert.equal(end?.kind === 'end' && [end.how, end.reason], ['stopped', 'no readers'])
    },
    short,
  ),
)

readers('none ever: the production ends, however long it takes for one to come', () =>
  withProcesses(
    1,
    async ({ topic }) => {
      const { source } = endless()
      const { outcome } = topic.produce(source, { graceMs: 0 })
      await wait(20)
      assert.is(await stateOf(outcome), 'pending')
      assert.is(await within(soon, outcome), 'stopped')
    },
    short,
  ),
)

readers('in another process keep it running, and their leaving ends it', () =>
  withProcesses(
    2,
    async (one, two) => {
      const { source } = endless()
      const { outcome } = one.topic.produce(source, { graceMs: 30 })
      const { first, leave } = startReading(two.topic)
      await within(soon, first)
      // Several times as long as a process is remembered.
      await wait(400)
      assert.is(await stateOf(outcome), 'pending')
      await leave()
      assert.is(await within(soon, outcome), 'stopped')
    },
    short,
  ),
)

readers('that were in another process before the production keep it running', () =>
  withProcesses(
    2,
    async (one, two) => {
      const { leave } = startReading(two.topic)
      await wait(20)
      const { source } = endless()
      const { outcome } = one.topic.produce(source, { graceMs: 30 })
      await wait(400)
      assert.is(await stateOf(outcome), 'pending')
      await leave()
      assert.is(await within(soon, outcome), 'stopped')
    },
    short,
  ),
)

readers('of a process that died are forgotten', () =>
  withProcesses(
    2,
    async (one, two) => {
      const { source } = endless()
      const { outcome } = one.topic.produce(source, { graceMs: 30 })
      const { first } = startReading(two.topic)
      await within(soon, first)
      await wait(200)
      const awake = deferred()
      two.guard.suspended = awake.promise
      assert.is(await within(soon, outcome), 'stopped')
      awake.resolve()
    },
    short,
  ),
)

readers('that come back within graceMs find the production as it was', () =>
  withProcesses(
    1,
    async ({ topic }) => {
      const { source } = endless()
      const { outcome } = topic.produce(source, { graceMs: 300 })
      for (let i = 0; i < 4; i++) {
        const { first, leave } = startReading(topic)
        await within(soon, first)
        await leave()
        await wait(100)
      }
      assert.is(await stateOf(outcome), 'pending')
      assert.is(await within(soon, outcome), 'stopped')
    },
    short,
  ),
)

readers('none, with whenLeft rest: the topic stays open, and the next call continues it', () =>
  withProcesses(
    2,
    async (one, two) => {
      const first = endless()
      const rested = one.topic.produce(first.source, { graceMs: 0, whenLeft: 'rest' })
      assert.equal(await briefsOf(one.topic, 1), ['v 1'])
      assert.is(await within(soon, rested.outcome), 'left')
      assert.is(await within(soon, first.ended), 'READERS_GONE')
      const second = endless()
      const next = two.topic.produce(second.source)
      assert.equal(await briefsOf(two.topic, 2), ['v 1', 'v behind 1'])
      await one.topic.stop()
      assert.is(await within(soon, next.outcome), 'stopped')
    },
    short,
  ),
)

readers('of a process that stands by have left: it leaves, and its source is closed unread', () =>
  withProcesses(
    2,
    async (one, two) => {
      const { source } = endless()
      const running = one.topic.produce(source)
      await briefsOf(one.topic, 1)
      let nexts = 0
      const closed = deferred()
      const standing = two.topic.produce(
        {
          [Symbol.asyncIterator]: () => ({
            next: async () => ({ done: nexts++ > 0, value: 2 }),
            return: async () => {
              closed.resolve()
              return { done: true, value: undefined }
            },
          }),
        },
        { graceMs: 0 },
      )
      assert.is(await within(soon, standing.outcome), 'left')
      await within(soon, closed.promise)
      assert.is(nexts, 0)
      assert.is(await stateOf(running.outcome), 'pending')
    },
    short,
  ),
)

readers('of the process that stands by: it takes over when the other dies', () =>
  withProcesses(
    2,
    async (one, two) => {
      one.topic.produce(endless().source)
      await briefsOf(one.topic, 1)
      two.topic.produce(endless().source, { graceMs: 0 })
      const reading = readItems(two.topic.read(), 2)
      await wait(200)
      const dead = deferred()
      one.guard.suspended = dead.promise
      assert.equal((await within(soon, reading)).map(brief), ['v 1', 'v behind 1'])
      dead.resolve()
    },
    short,
  ),
)

readers('of a third process keep the production running that a second has taken over', () =>
  withProcesses(
    3,
    async (one, two, three) => {
      one.topic.produce(endless().source)
      const third = startReading(three.topic)
      const second = startReading(two.topic)
      await within(soon, Promise.all([third.first, second.first]))
      const { outcome } = two.topic.produce(endless().source, { graceMs: 0 })
      await wait(300)
      three.guard.message = async (pass) => {
        await wait(50)
        return pass()
      }
      await one.hub.close()
      assert.equal(await briefsOf(three.topic, 2), ['v 1', 'v behind 1'])
      await second.leave()
      await wait(400)
      assert.is(await stateOf(outcome), 'pending')
      await third.leave()
      assert.is(await within(soon, outcome), 'stopped')
    },
    { leaseMs: 600 },
  ),
)

readers.run()

const options = suite('options of produce')

options('an invalid source or option is refused at the call', () =>
  withProcesses(1, async ({ hub, topic }) => {
    // @ts-expect-error: not a source
    throwsAtOnce(() => topic.produce(17), TypeError)
    // @ts-expect-error: not a source
    throwsAtOnce(() => topic.produce(null), TypeError)
    throwsAtOnce(() => topic.produce([], { graceMs: Number.NaN }), RangeError)
    // @ts-expect-error: not a choice
    throwsAtOnce(() => topic.produce([], { whenLeft: 'go' }), RangeError)
    // @ts-expect-error: numbers are not texts
    hub.topic<string>('texts').produce([1])
    // @ts-expect-error: nor are those of a function
    hub.topic<string>('texts').produce(() => [1])
    hub.topic<string>('texts').produce(({ last }) => [last?.value ?? ''])
    await turn()
  }),
)

options.run()
