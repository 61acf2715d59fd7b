// @slow 40
// A Redis that is not there, is lost, loses writes, or is another one: what callers and readers see.
import { openHub } from '@sluice/hub'
import { redis } from '@sluice/hub/redis'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { brief } from '../../support/hub/read-items.ts'
import { hasRedis, startRedis, unlessRedis } from '../../support/hub/redis-server.ts'
import { rejects } from '../../support/rejects.ts'
import { within } from '../../support/within.ts'
import type { Hub, HubOptions, Item } from '@sluice/hub'
import type { RedisServer } from '../../support/hub/redis-server.ts'

const soon = 30_000

const failures = suite(`redis failures${unlessRedis}`)

const test = (title: string, run: () => Promise<void>): void => {
  if (hasRedis) failures(title, run)
  else failures.skip(title, run)
}

/** A server and a hub on it, which collects the errors that no caller gets. */
const withServer = async (
  run: (server: RedisServer, hub: Hub, errors: readonly unknown[]) => Promise<void>,
  { flags = [], ...options }: HubOptions & { readonly flags?: readonly string[] } = {},
): Promise<void> => {
  const server = await startRedis(...flags)
  const errors: unknown[] = []
  const engine = redis({ client: server.client })
  const hub = openHub({ engine, onError: (error) => errors.push(error), ...options })
  try {
    await run(server, hub, errors)
  } finally {
    await hub.close()
    await server.stop()
  }
}

/** Reads on, item by item, in a word or two each. */
const reader = (items: AsyncIterable<Item>) => {
  const iterator = items[Symbol.asyncIterator]()
  return async (count: number): Promise<string[]> => {
    const read: string[] = []
    while (read.length < count) read.push(brief((await within(soon, iterator.next())).value))
    return read
  }
}

const until = async (holds: () => boolean): Promise<void> => {
  const deadline = performance.now() + soon
  while (!holds()) {
    assert.ok(performance.now() < deadline, 'it does not come')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Calls until it does not reject. */
const insist = async <T>(call: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await call()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

test('without a server at the start calls reject, and readers wait until it is there', () =>
  withServer(async (server, _, __) => {
    await server.kill()
    const errors: unknown[] = []
    const hub = openHub({
      engine: redis({ client: server.client }),
      onError: (error) => errors.push(error),
    })
    const read = reader(hub.topic('news').read())
    const reading = read(1)
    await rejects(() => within(soon, hub.topic('news').append(1)), 'ENGINE_FAILED')
    await rejects(() => within(soon, hub.topic('news').remove()), 'ENGINE_FAILED')
    await server.restart()
    await insist(() => hub.topic('news').append(2))
    assert.equal(await reading, ['v 2'])
    assert.ok(errors.length <= 1, 'one outage is reported once')
    await hub.close()
  }))

test('an append that is called while the connection is made anew waits for it', () =>
  withServer(async (server, hub) => {
    await hub.topic('news').append(1)
    await server.ask('CLIENT', 'KILL', 'TYPE', 'normal')
    await new Promise((resolve) => setTimeout(resolve, 10))
    await hub.topic('news').append(2)
    assert.equal(await reader(hub.topic('news').read())(2), ['v 1', 'v 2'])
  }))

test('readers whose connections are cut again and again get each entry once, in order', () =>
  withServer(async (server, hub) => {
    const topic = hub.topic('news')
    await topic.append(0)
    const readers = [1, 2, 3].map(() => reader(topic.read()))
    const reading = Promise.all(readers.map((read) => read(201)))
    for (let i = 1; i <= 200; i++) {
      if (i % 20 === 0) await server.ask('CLIENT', 'KILL', 'TYPE', 'normal')
      // The answer of an append may be lost with the connection, so it is asked whether it was done.
      await topic.append(i).catch(async () => {
        const kept = await insist(() => server.ask('XLEN', 'sluice:{t%3Anews}:log'))
        if (kept === i) await insist(() => topic.append(i))
      })
    }
    const wanted = Array.from({ length: 201 }, (_, i) => `v ${i}`)
    for (const items of await reading) assert.equal(items, wanted)
  }))

test('a server that forgets its scripts gets them again', () =>
  withServer(async (server, hub) => {
    const read = reader(hub.topic('news').read())
    await hub.topic('news').append(1)
    assert.equal(await read(1), ['v 1'])
    await server.ask('SCRIPT', 'FLUSH')
    await hub.topic('news').append(2)
    assert.equal(await read(1), ['v 2'])
  }))

test('a server that was killed and has its append-only file: one gap, and no entry is lost or doubled', () =>
  withServer(
    async (server, hub, errors) => {
      const topic = hub.topic('news')
      const read = reader(topic.read())
      const id = await topic.append(1)
      assert.equal(await read(1), ['v 1'])
      await server.kill()
      await server.restart()
      await insist(() => topic.append(2))
      assert.equal(await read(2), ['gap failover', 'v 2'])
      assert.equal(await reader(topic.read({ after: id }))(2), ['gap failover', 'v 2'])
      assert.equal(await reader(topic.read())(3), ['v 1', 'gap failover', 'v 2'])
      assert.equal(errors.length, 1, 'the outage is reported once')
    },
    { flags: ['--appendonly', 'yes'] },
  ))

test('a server that was killed and has lost all: a gap, and then what is new', () =>
  withServer(async (server, hub) => {
    const topic = hub.topic('news')
    const read = reader(topic.read())
    await Promise.all([topic.append(1), topic.append(2), topic.append(3)])
    assert.equal(await read(3), ['v 1', 'v 2', 'v 3'])
    await server.kill()
    await server.restart()
    await insist(() => topic.append(4))
    assert.equal(await read(2), ['gap trimmed', 'v 4'])
    await topic.append(5)
    assert.equal(await read(1), ['v 5'])
  }))

test('all keys deleted under readers: a gap, and then what is new', () =>
  withServer(async (server, hub) => {
    const topic = hub.topic('news')
    const read = reader(topic.read())
    await Promise.all([topic.append(1), topic.append(2), topic.append(3)])
    assert.equal(await read(3), ['v 1', 'v 2', 'v 3'])
    await server.ask('FLUSHALL')
    await topic.append(4)
    assert.equal(await read(2), ['gap trimmed', 'v 4'])
    await topic.append(5)
    assert.equal(await read(1), ['v 5'])
  }))

for (const key of ['log', 'meta'])
  test(`a log of which the server has evicted the key ${key} begins anew`, () =>
    withServer(async (server, hub) => {
      const topic = hub.topic('news')
      const read = reader(topic.read())
      await Promise.all([topic.append(1), topic.append(2)])
      assert.equal(await read(2), ['v 1', 'v 2'])
      await server.ask('DEL', `sluice:{t%3Anews}:${key}`)
      await topic.append(3)
      assert.equal(await read(2), ['gap trimmed', 'v 3'])
    }))

test('a server that does not answer: appends reject, and readers go on when it does', () =>
  withServer(
    async (server, hub) => {
      const topic = hub.topic('news')
      const read = reader(topic.read())
      await topic.append(1)
      assert.equal(await read(1), ['v 1'])
      server.signal('SIGSTOP')
      await rejects(() => within(soon, topic.append(2)), 'ENGINE_TIMEOUT')
      server.signal('SIGCONT')
      await insist(() => topic.append(3))
      // It is not known whether the server did what it was asked before it stopped.
      const [first, ...rest] = await read(1)
      assert.ok(first === 'v 2' || first === 'v 3', first)
      assert.equal(rest, [])
    },
    { engineTimeoutMs: 300 },
  ))

test('a connection that is lost while nothing is followed is made anew', () =>
  withServer(async (server) => {
    const heard: number[] = []
    const connection = redis({ client: server.client }).connect({
      arrived: (_, { records }) => heard.push(...records.map(({ seq }) => seq)),
      failed: () => {},
      recovered: () => {},
    })
    const keep = { entries: 10, bytes: 1_000, ms: 60_000 }
    const append = () => insist(() => connection.append('t:news', [new Uint8Array(1)], { keep }))
    await connection.follow('t:news')
    connection.unfollow('t:news')
    await append()
    await server.ask('CLIENT', 'KILL', 'TYPE', 'normal')
    await append()
    assert.is((await within(soon, connection.follow('t:news'))).last, 2)
    await append()
    await until(() => heard.length > 0)
    assert.equal(heard, [3])
    await connection.close()
  }))

test('a reader of a server that cannot be reached is one error that is reported, and closing ends it', () =>
  withServer(async (server) => {
    await server.kill()
    const errors: unknown[] = []
    const hub = openHub({
      engine: redis({ client: server.client }),
      onError: (error) => errors.push(error),
    })
    const reading = hub.topic('news').read()[Symbol.asyncIterator]().next()
    await until(() => errors.length > 0)
    await new Promise((resolve) => setTimeout(resolve, 200))
    assert.is(errors.length, 1)
    assert.match(String(errors[0]), /Cannot reach Redis: .*ENOENT|ECONNREFUSED/)
    await hub.close()
    await rejects(() => within(soon, reading), 'HUB_CLOSED')
  }))

failures.run()
