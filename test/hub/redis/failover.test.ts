// @slow 20
// Real fail-overs between two Redis servers: writes that were acknowledged and lost are told to readers.
import { openHub } from '@sluice/hub'
import { redis } from '@sluice/hub/redis'
import { createClient } from 'redis'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { brief } from '../../support/hub/read-items.ts'
import { hasRedis, startRedis, unlessRedis } from '../../support/hub/redis-server.ts'
import { within } from '../../support/within.ts'
import type { Hub, Item } from '@sluice/hub'
import type { RedisServer } from '../../support/hub/redis-server.ts'

const soon = 30_000

const failover = suite(`redis fail-over${unlessRedis}`)

const test = (title: string, run: () => Promise<void>): void => {
  if (hasRedis) failover(title, run)
  else failover.skip(title, run)
}

interface Pair {
  readonly master: RedisServer
  readonly replica: RedisServer
  /** A hub that asks for the master before each connection, as one behind Sentinel does. */
  readonly hub: Hub
  /** What connections that are made from now on reach. */
  use(server: RedisServer): void
}

const withPair = async (run: (pair: Pair) => Promise<void>): Promise<void> => {
  const servers = await Promise.all([startRedis(), startRedis()])
  const [master, replica] = servers
  let { port } = master
  const client = () => createClient({ socket: { host: '127.0.0.1', port } })
  const hub = openHub({ engine: redis({ client }), onError: () => {} })
  try {
    await follows(replica, master)
    await run({
      master,
      replica,
      hub,
      use: (server) => {
        port = server.port
      },
    })
  } finally {
    await hub.close()
    await Promise.all(servers.map((server) => server.stop()))
  }
}

/** Makes a server a replica, and waits until it has all that the master has. */
const follows = async (replica: RedisServer, master: RedisServer): Promise<void> => {
  await replica.ask('REPLICAOF', '127.0.0.1', String(master.port))
  const deadline = performance.now() + soon
  while (!(await isInStep(replica, master))) {
    if (performance.now() > deadline) throw new Error('the replica does not catch up')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const isInStep = async (replica: RedisServer, master: RedisServer): Promise<boolean> => {
  const [here, there] = await Promise.all(
    [replica, master].map((server) => server.ask('INFO', 'replication').then(String)),
  )
  const offset = (info = '') => /master_repl_offset:(\d+)/.exec(info)?.[1]
  return /master_link_status:up/.test(here ?? '') && offset(here) === offset(there)
}

const reader = (items: AsyncIterable<Item>) => {
  const iterator = items[Symbol.asyncIterator]()
  return async (count: number): Promise<string[]> => {
    const read: string[] = []
    while (read.length < count) read.push(brief((await within(soon, iterator.next())).value))
    return read
  }
}

const insist = async <T>(call: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await call()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

test('a replica that takes over without the last writes: a gap, and then what is new', () =>
  withPair(async ({ master, replica, hub, use }) => {
    const topic = hub.topic('news')
    const read = reader(topic.read())
    const kept = await topic.append('kept')
    await follows(replica, master)
    await replica.ask('REPLICAOF', 'NO', 'ONE')
    const lost = await topic.append('lost')
    assert.equal(await read(2), ['v kept', 'v lost'])
    use(replica)
    await master.kill()
    const first = await insist(() => topic.append('new'))
    await topic.append('newer')
    assert.equal(await read(3), ['gap failover', 'v new', 'v newer'])
    assert.is(
      first.split('.')[1],
      lost.split('.')[1],
      'the number of the lost entry is given again',
    )
    for (const after of [kept, lost])
      assert.equal(await reader(topic.read({ after }))(3), ['gap failover', 'v new', 'v newer'])
    assert.equal(await reader(topic.read())(3), ['v kept', 'gap failover', 'v new'])
    assert.equal(await reader(topic.read({ after: first }))(1), ['v newer'])
  }))

test('a reader that waits is told of a fail-over that lost what it has read, before anything is appended', () =>
  withPair(async ({ master, replica, hub, use }) => {
    const topic = hub.topic('news')
    const read = reader(topic.read())
    await topic.append('kept')
    await follows(replica, master)
    await replica.ask('REPLICAOF', 'NO', 'ONE')
    await topic.append('lost')
    assert.equal(await read(2), ['v kept', 'v lost'])
    use(replica)
    await master.kill()
    assert.equal(await read(1), ['gap failover'])
    await insist(() => topic.append('new'))
    assert.equal(await read(1), ['v new'])
  }))

test('a reader that comes after a fail-over is told where in the log it was', () =>
  withPair(async ({ master, replica, hub, use }) => {
    const topic = hub.topic('news')
    await topic.append(1)
    await follows(replica, master)
    await replica.ask('REPLICAOF', 'NO', 'ONE')
    use(replica)
    await master.ask('CLIENT', 'KILL', 'TYPE', 'normal')
    const read = reader(topic.read())
    assert.equal(await read(1), ['v 1'])
    await insist(() => topic.append(2))
    assert.equal(await read(2), ['gap failover', 'v 2'])
  }))

test('a master that is made a replica is left, and the new one is used', () =>
  withPair(async ({ master, replica, hub, use }) => {
    const topic = hub.topic('news')
    const read = reader(topic.read())
    await topic.append(1)
    assert.equal(await read(1), ['v 1'])
    await follows(replica, master)
    await replica.ask('REPLICAOF', 'NO', 'ONE')
    use(replica)
    await master.ask('REPLICAOF', '127.0.0.1', String(replica.port))
    await insist(() => topic.append(2))
    assert.equal(await read(2), ['gap failover', 'v 2'])
    await topic.append(3)
    assert.equal(await read(1), ['v 3'])
  }))

failover.run()
