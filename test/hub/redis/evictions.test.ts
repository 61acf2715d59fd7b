// @slow 25
// Keys that Redis evicts or expires, or that others write to: what readers get that wait meanwhile.
import { openHub } from '@sluice/hub'
import { redis } from '@sluice/hub/redis'
import { createClient } from 'redis'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { heldConnections } from '../../support/hub/held-connections.ts'
import { brief } from '../../support/hub/read-items.ts'
import { hasRedis, startRedis, unlessRedis } from '../../support/hub/redis-server.ts'
import { within } from '../../support/within.ts'
import type { Hub, Item } from '@sluice/hub'
import type { HeldConnections } from '../../support/hub/held-connections.ts'
import type { RedisServer } from '../../support/hub/redis-server.ts'

const soon = 15_000

const evictions = suite(`redis evictions${unlessRedis}`)

const test = (title: string, run: () => Promise<void>): void => {
  if (hasRedis) evictions(title, run)
  else evictions.skip(title, run)
}

interface Stage {
  readonly server: RedisServer
  readonly writer: Hub
  /** Its connections can be held, so that keys change between two XREADs. */
  readonly reader: Hub
  readonly connections: HeldConnections
  /** What `onError` of the reader's hub got. */
  readonly errors: readonly unknown[]
}

const onStage = async (run: (stage: Stage) => Promise<void>): Promise<void> => {
  const server = await startRedis()
  const connections = await heldConnections(server.port)
  const errors: unknown[] = []
  const writer = openHub({ engine: redis({ client: server.client }), onError: () => {} })
  const reader = openHub({
    engine: redis({ client: createClient({ socket: { port: connections.port } }) }),
    onError: (error) => errors.push(error),
  })
  try {
    await run({ server, writer, reader, connections, errors })
  } finally {
    connections.release()
    await Promise.all([writer.close(), reader.close()])
    connections.close()
    await server.stop()
  }
}

/** Reads on, item by item, in a word or two each. */
const itemsOf = (items: AsyncIterable<Item>) => {
  const iterator = items[Symbol.asyncIterator]()
  return async (count: number): Promise<string[]> => {
    const read: string[] = []
    while (read.length < count) read.push(brief((await within(soon, iterator.next())).value))
    return read
  }
}

const logKeys = (topic: string) => [`sluice:{t%3A${topic}}:log`, `sluice:{t%3A${topic}}:meta`]

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/**
 * Appends to `other`, which wakes the tail, and holds the answer to its XREAD. What `change` does is then between two XREADs.
 */
const betweenReads = async (
  { writer, connections }: Stage,
  change: () => Promise<void>,
): Promise<void> => {
  connections.hold()
  await writer.topic('other').append(0)
  await pause(50)
  await change()
  connections.release()
}

const beginAgain = async ({ server, writer }: Stage, topic: string): Promise<void> => {
  await server.ask('DEL', ...logKeys(topic))
  await writer.topic(topic).append('again')
}

for (const [title, after] of [
  ['and nothing is noted after it', async () => {}],
  ['and another log begins after it', (stage: Stage) => beginAgain(stage, 'third')],
] as const)
  test(`a log began again, its note was evicted before the tail read it, ${title}: a gap`, () =>
    onStage(async (stage) => {
      const { server, writer, reader } = stage
      const [read, other] = ['news', 'other'].map((name) => itemsOf(reader.topic(name).read()))
      await Promise.all([1, 2, 3].map((value) => writer.topic('news').append(value)))
      await writer.topic('other').append(1)
      assert.equal(await read?.(3), ['v 1', 'v 2', 'v 3'])
      assert.equal(await other?.(1), ['v 1'])
      await betweenReads(stage, async () => {
        await beginAgain(stage, 'news')
        await server.ask('DEL', 'sluice:notes')
        await after(stage)
      })
      assert.equal(await read?.(2), ['gap trimmed', 'v again'])
      await writer.topic('news').append('more')
      assert.equal(await read?.(1), ['v more'])
      assert.equal(await other?.(1), ['v 0'])
    }))

test('only notes in the middle were lost: a reader of the log that they told of gets a gap', () =>
  onStage(async (stage) => {
    const { server, writer, reader } = stage
    const [read, other] = ['news', 'other'].map((name) => itemsOf(reader.topic(name).read()))
    await Promise.all([1, 2, 3].map((value) => writer.topic('news').append(value)))
    await writer.topic('other').append(1)
    assert.equal([await read?.(3), await other?.(1)], [['v 1', 'v 2', 'v 3'], ['v 1']])
    await betweenReads(stage, async () => {
      await beginAgain(stage, 'news')
      await beginAgain(stage, 'third')
      const notes = await server.ask('XREVRANGE', 'sluice:notes', '+', '-')
      const second: unknown = Array.isArray(notes) ? notes[1] : undefined
      await server.ask('XDEL', 'sluice:notes', String(Array.isArray(second) ? second[0] : ''))
    })
    assert.equal(await read?.(2), ['gap trimmed', 'v again'])
  }))

test('all of 250 logs began again and their notes were evicted: every reader gets a gap', () =>
  onStage(async (stage) => {
    const { server, writer, reader } = stage
    const names = Array.from({ length: 250 }, (_, i) => `news${i}`)
    const readers = names.map((name) => itemsOf(reader.topic(name).read()))
    const other = itemsOf(reader.topic('other').read())
    for (const value of [1, 2])
      await Promise.all(names.map((name) => writer.topic(name).append(value)))
    await writer.topic('other').append(1)
    for (const read of readers) assert.equal(await read(2), ['v 1', 'v 2'])
    assert.equal(await other(1), ['v 1'])
    await betweenReads(stage, async () => {
      await server.ask('DEL', ...names.flatMap(logKeys))
      await Promise.all(names.map((name) => writer.topic(name).append('again')))
      await server.ask('DEL', 'sluice:notes')
    })
    for (const read of readers) assert.equal(await read(2), ['gap trimmed', 'v again'])
  }))

test('a log whose note was lost with no note before it is found by the rounds', () =>
  onStage(async (stage) => {
    const { server, writer, reader } = stage
    const [read, other] = ['news', 'other'].map((name) => itemsOf(reader.topic(name).read()))
    await writer.topic('news').append(1)
    await writer.topic('other').append(1)
    assert.equal([await read?.(1), await other?.(1)], [['v 1'], ['v 1']])
    await server.ask('DEL', 'sluice:notes')
    await server.ask('CLIENT', 'KILL', 'TYPE', 'normal')
    await pause(1_500)
    await betweenReads(stage, async () => {
      await beginAgain(stage, 'news')
      await server.ask('DEL', 'sluice:notes')
    })
    assert.equal(await read?.(2), ['gap trimmed', 'v again'])
  }))

test('a reader that waits learns that its log has expired', () =>
  onStage(async ({ writer, reader }) => {
    const topic = writer.topic('news', { keep: { ms: 500 } })
    const read = itemsOf(reader.topic('news').read())
    await topic.append(1)
    assert.equal(await read(2), ['v 1', 'gap trimmed'])
    await topic.append(2)
    assert.equal(await read(1), ['v 2'])
  }))

for (const key of ['log', 'meta'])
  test(`a reader that waits learns that the key ${key} of its log was evicted`, () =>
    onStage(async ({ server, writer, reader }) => {
      const read = itemsOf(reader.topic('news').read())
      await writer.topic('news').append(1)
      assert.equal(await read(1), ['v 1'])
      await server.ask('DEL', `sluice:{t%3Anews}:${key}`)
      assert.equal(await read(1), ['gap trimmed'])
      await writer.topic('news').append(2)
      assert.equal(await read(1), ['v 2'])
    }))

test('following a log of which only the records are left asks Redis no more than following none', () =>
  onStage(async ({ server, writer, reader }) => {
    await writer.topic('news').append(1)
    await server.ask('DEL', 'sluice:{t%3Anews}:meta')
    const read = itemsOf(reader.topic('news').read())
    const reading = read(1)
    await pause(200)
    const before = await callsOf(server, 'xread')
    await pause(500)
    assert.ok((await callsOf(server, 'xread')) - before < 5)
    await writer.topic('news').append(2)
    assert.equal(await reading, ['v 2'])
  }))

const callsOf = async (server: RedisServer, command: string): Promise<number> => {
  const info = String(await server.ask('INFO', 'commandstats'))
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(info)?.[1] ?? 0)
}

test('a log to which another program has written begins again, and no id is negative', () =>
  onStage(async ({ server, writer, reader }) => {
    const [one, two] = [writer, reader].map((hub) =>
      hub.topic('news').read()[Symbol.asyncIterator](),
    )
    const next = async (from: typeof one) => (await within(soon, from?.next()))?.value
    await writer.topic('news').append(1)
    assert.equal([brief(await next(one)), brief(await next(two))], ['v 1', 'v 1'])
    await server.ask('XADD', 'sluice:{t%3Anews}:log', '1000-1', 'x', 'y')
    await writer.topic('news').append(2)
    for (const from of [one, two]) {
      const gap = await next(from)
      assert.is(brief(gap), 'gap trimmed')
      assert.not.match(JSON.stringify(gap), /\.-/)
      assert.is(brief(await next(from)), 'v 2')
    }
    const late = await next(reader.topic('news').read()[Symbol.asyncIterator]())
    assert.is(brief(late), 'v 2')
  }))

test('notes of another type are one error that is reported, though other calls succeed', () =>
  onStage(async ({ server, writer, reader, errors }) => {
    const read = itemsOf(reader.topic('news').read())
    await writer.topic('news').append(1)
    assert.equal(await read(1), ['v 1'])
    await server.ask('SET', 'sluice:notes', 'x')
    for (let i = 2; i < 20; i++) {
      await reader.topic('news').append(i)
      await pause(20)
    }
    assert.is(errors.length, 1)
    await server.ask('DEL', 'sluice:notes')
    await read(18)
    await server.ask('SET', 'sluice:notes', 'x')
    await reader.topic('news').append(20)
    await pause(500)
    assert.is(errors.length, 2, 'the next outage is another one')
    await server.ask('DEL', 'sluice:notes')
  }))

evictions.run()
