// A source that runs into a topic once over all processes: here, hubs on one engine in memory.
import { memory, openHub } from '@sluice/hub'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { brief, readItems } from '../support/hub/read-items.ts'
import { deferred, turn, within } from '../support/within.ts'
import type { Hub, HubOptions } from '@sluice/hub'

const soon = 5000

const produces = suite('produce')

const withHubs = async (
  count: number,
  run: (...hubs: Hub[]) => Promise<void>,
  options: HubOptions = {},
): Promise<void> => {
  const engine = memory()
  const hubs = Array.from({ length: count }, () => openHub({ engine, ...options }))
  try {
    await run(...hubs)
  } finally {
    await Promise.all(hubs.map((hub) => hub.close()))
  }
}

produces('two hubs run the source once, and the readers of both get all of it', () =>
  withHubs(2, async (one, two) => {
    let runs = 0
    const gate = deferred()
    async function* source() {
      runs++
      yield 1
      await gate.promise
      yield 2
    }
    const topics = [one?.topic<number>('t'), two?.topic<number>('t')]
    const readings = topics.map((topic) => readItems(topic?.read() ?? []))
    const outcomes = topics.map((topic) => topic?.produce(source).outcome)
    await turn(5)
    gate.resolve()
    for (const reading of readings)
      assert.equal((await within(soon, reading)).map(brief), ['v 1', 'v 2', 'end finished'])
    assert.equal(await within(soon, Promise.all(outcomes)), ['finished', 'finished'])
    assert.is(runs, 1)
  }),
)

produces('stop in another hub aborts the signal, closes the source and ends the readers', () =>
  withHubs(2, async (one, two) => {
    const aborted = deferred<unknown>()
    let closed = 0
    const topic = one?.topic<number>('t')
    const handle = topic?.produce(async function* ({ signal }) {
      signal.addEventListener('abort', () => aborted.resolve(signal.reason))
      try {
        yield 1
        await aborted.promise
      } finally {
        closed++
      }
    })
    const reading = readItems(two?.topic('t').read() ?? [])
    await turn(5)
    await two?.topic('t').stop('enough')
    assert.equal((await within(soon, reading)).map(brief), ['v 1', 'end stopped'])
    assert.is(await within(soon, handle?.outcome), 'stopped')
    assert.match(String(await within(soon, aborted.promise)), 'it was stopped')
    await turn()
    assert.is(closed, 1)
  }),
)

produces.run()
