// @slow 6
// What is appended once, and which process goes on, if the engine or a process fails: here, hubs on one engine in memory.

import { memory, openHub } from '@sluice/hub'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { briefsOf, soon, withProcesses } from '../support/hub/processes.ts'
import { brief, readItems } from '../support/hub/read-items.ts'
import { deferred, turn, within } from '../support/within.ts'
import type { AppendOutcome, Engine } from '@sluice/hub'

const produces = suite('produce: failures')

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Yields, and then waits until the signal aborts. */
const until = async function* (signal: AbortSignal, ...values: unknown[]) {
  yield* values
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
}

const faults: readonly {
  readonly name: string
  append(pass: () => Promise<AppendOutcome>): Promise<AppendOutcome>
}[] = [
  {
    name: 'was lost',
    append: () => Promise.reject(new Error('no connection')),
  },
  {
    name: 'arrived without an answer',
    async append(pass) {
      await pass()
      throw new Error('no connection')
    },
  },
  {
    name: 'arrives after its time-out',
    async append(pass) {
      await wait(150)
      return pass()
    },
  },
]

for (const { name, append } of faults)
  for (const nth of [1, 2, 3, 4, 5])
    produces(`each entry is appended once if append ${nth} ${name}`, () =>
      withProcesses(
        1,
        async ({ topic, guard }) => {
          let appends = 0
          guard.append = (pass) => (++appends === nth ? append(pass) : pass())
          const { outcome } = topic.produce(async function* () {
            yield 1
            await turn(2)
            yield 1
            yield 1
            // What is late arrives meanwhile: later the topic has ended.
            await wait(300)
            yield 2
            await wait(nth === 4 ? 300 : 0)
          })
          assert.is(await within(soon, outcome), 'finished')
          assert.equal(await briefsOf(topic), ['v 1', 'v 1', 'v 1', 'v 2', 'end finished'])
        },
        { engineTimeoutMs: 50 },
      ),
    )

produces('an engine that is down for longer than a lease loses and doubles nothing', () =>
  withProcesses(
    2,
    async (one, two) => {
      const values = Array.from({ length: 60 }, (_, i) => i)
      const { outcome } = one.topic.produce(async function* () {
        for (const value of values) {
          yield value
          await wait(10)
        }
      })
      const reading = briefsOf(two.topic)
      await briefsOf(one.topic, 5)
      one.guard.isDown = true
      await wait(250)
      one.guard.isDown = false
      assert.equal(await reading, [...values.map((value) => `v ${value}`), 'end finished'])
      assert.is(await within(soon, outcome), 'finished')
      assert.equal(one.errors.map(codeOf), ['ENGINE_FAILED'])
    },
    { leaseMs: 90 },
  ),
)

produces('a process that is suspended loses the lease, and cannot append any more', () =>
  withProcesses(
    2,
    async (one, two) => {
      const reading = briefsOf(two.topic)
      const wake = deferred()
      const lost = deferred<unknown>()
      const first = one.topic.produce(async function* ({ signal }) {
        signal.addEventListener('abort', () => lost.resolve(signal.reason))
        yield 1
        await wake.promise
        yield 'too late'
        await lost.promise
      })
      await turn(5)
      const gate = deferred()
      const second = two.topic.produce(async function* ({ last }) {
        yield `behind ${last?.value}`
        await gate.promise
        yield 3
      })
      one.guard.suspended = wake.promise
      const taken = await within(soon, readItems(two.topic.read(), 2))
      assert.equal(taken.map(brief), ['v 1', 'v behind 1'])
      wake.resolve()
      assert.is(codeOf(await within(soon, lost.promise)), 'LEASE_LOST')
      gate.resolve()
      assert.equal(await reading, ['v 1', 'v behind 1', 'v 3', 'end finished'])
      assert.is(await within(soon, second.outcome), 'finished')
      assert.is(await within(soon, first.outcome), 'finished')
    },
    { leaseMs: 120, engineTimeoutMs: 10_000 },
  ),
)

produces('a hub that closes gives the lease back, and another continues at once', () =>
  withProcesses(2, async (one, two) => {
    const aborted = deferred<unknown>()
    const first = one.topic.produce(({ signal }) => {
      signal.addEventListener('abort', () => aborted.resolve(signal.reason))
      return until(signal, 1)
    })
    await briefsOf(one.topic, 1)
    const second = two.topic.produce(async function* ({ last }) {
      yield `behind ${last?.value}`
    })
    const reading = briefsOf(two.topic)
    await turn(5)
    await one.hub.close()
    // Its lease would last for ten seconds.
    assert.equal(await reading, ['v 1', 'v behind 1', 'end finished'])
    assert.is(await within(soon, first.outcome), 'closed')
    assert.is(await within(soon, second.outcome), 'finished')
    assert.is(codeOf(await within(soon, aborted.promise)), 'HUB_CLOSED')
  }),
)

/** An engine whose leases expire at the next turn of the event loop. */
const hasty = (): Engine => ({
  name: 'hasty',
  connect(listener) {
    const connection = memory().connect(listener)
    const { append, swap } = connection
    let isHeld = false
    connection.swap = (key, change) => {
      isHeld = true
      setImmediate(() => {
        isHeld = false
      })
      return swap.call(connection, key, change)
    }
    connection.append = async (log, records, options) =>
      options.ifHeld === undefined || isHeld
        ? append.call(connection, log, records, options)
        : { kind: 'not held' }
    return connection
  },
})

produces(
  'a lease that is shorter than the pause before a retry does not stop the appends',
  async () => {
    const hub = openHub({ engine: hasty() })
    const topic = hub.topic('t')
    const { outcome } = topic.produce(async function* () {
      yield 1
      await turn(5)
      yield 2
    })
    assert.equal(await briefsOf(topic), ['v 1', 'v 2', 'end finished'])
    assert.is(await within(soon, outcome), 'finished')
    await hub.close()
  },
)

produces.run()
