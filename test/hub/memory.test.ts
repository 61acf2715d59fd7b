// What the engine in memory holds at most, and what goes first.
import { memory, openHub } from '@sluice/hub'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { brief, readItems } from '../support/hub/read-items.ts'
import { within } from '../support/within.ts'
import type { EngineConnection } from '@sluice/hub'

const soon = 5000

const bounds = suite('maxBytes of memory')

const connected = (maxBytes: number): EngineConnection =>
  memory({ maxBytes }).connect({ arrived() {}, failed() {}, recovered() {} })

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`)

const endless = Number.POSITIVE_INFINITY
const keepAll = { keep: { entries: endless, bytes: endless, ms: endless } }
const reads = { expected: undefined, next: undefined }

const topicsIn = async (engine: EngineConnection, topics: readonly string[]): Promise<string[]> => {
  const kept: string[] = []
  for (const topic of topics) {
    const { state } = await engine.read(topic, 0, { entries: 1, bytes: 1 })
    if (state.last > 0) kept.push(topic)
  }
  return kept
}

const registersIn = async (
  engine: EngineConnection,
  keys: readonly string[],
): Promise<string[]> => {
  const kept: string[] = []
  for (const key of keys) if ((await engine.swap(key, reads)) !== undefined) kept.push(key)
  return kept
}

bounds(
  'topics of a byte each are bounded, and those appended to longest ago go first',
  async () => {
    const engine = connected(7_000)
    const topics = names('t', 100)
    for (const topic of topics) await engine.append(topic, [new Uint8Array(1)], keepAll)
    assert.equal(await topicsIn(engine, topics), names('t', 100).slice(-10))
    await engine.close()
  },
)

bounds('the newest topic is kept, whatever its size, also when a register is set', async () => {
  const engine = connected(100)
  await engine.append('large', [new Uint8Array(1_000)], keepAll)
  await engine.swap('key', { ...reads, next: 'value', ttlMs: 60_000 })
  assert.equal(await topicsIn(engine, ['large']), ['large'])
  assert.equal(await registersIn(engine, ['key']), ['key'])
  await engine.close()
})

bounds('registers are bounded, and those set longest ago go first', async () => {
  const engine = connected(7_000)
  const held = 'x'.repeat(500)
  const keys = names('k', 100)
  for (const key of keys) {
    await engine.swap(key, { ...reads, next: held, ttlMs: 60_000 })
    // It is set again, as a lease is that is held.
    await engine.swap('k0', { expected: held, next: held, ttlMs: 60_000 })
  }
  assert.equal(await registersIn(engine, keys), ['k0', 'k97', 'k98', 'k99'])
  await engine.close()
})

bounds('registers leave half of the room to topics', async () => {
  const engine = connected(14_000)
  const topics = names('t', 10)
  for (const topic of topics) await engine.append(topic, [new Uint8Array(1)], keepAll)
  for (const key of names('k', 100)) await engine.swap(key, { ...reads, next: 'x', ttlMs: 60_000 })
  assert.equal(await topicsIn(engine, topics), topics)
  await engine.close()
})

bounds('what is removed, or replaced, is not counted any more', async () => {
  const engine = connected(7_000)
  await engine.append('first', [new Uint8Array(1)], keepAll)
  for (let i = 0; i < 100; i++) {
    await engine.append(`t${i}`, [new Uint8Array(100)], keepAll)
    await engine.remove(`t${i}`)
    await engine.swap('key', { ...reads, next: 'x', ttlMs: 60_000 })
    await engine.swap('key', { expected: 'x', next: undefined })
  }
  assert.equal(await topicsIn(engine, ['first']), ['first'])
  await engine.close()
})

bounds('a topic that was evicted is as if it had never been', async () => {
  const hub = openHub({ engine: memory({ maxBytes: 1_000 }) })
  const topic = hub.topic('old')
  const id = await topic.append(1)
  await topic.stop()
  await hub.topic('new').append(1)
  assert.equal(await topic.state(), { oldest: undefined, newest: undefined, ended: false })
  const reading = readItems(topic.read({ after: id }), 2)
  await topic.append(2)
  assert.equal((await within(soon, reading)).map(brief), ['gap unknown', 'v 2'])
  await hub.close()
})

bounds.run()
