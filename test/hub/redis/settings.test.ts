// @slow 10
// Clients of all kinds, keys, and what is left in Redis.
import { openHub } from '@sluice/hub'
import { redis } from '@sluice/hub/redis'
import { createClient, createCluster, createSentinel } from 'redis'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { brief, readItems } from '../../support/hub/read-items.ts'
import { hasRedis, startRedis, unlessRedis } from '../../support/hub/redis-server.ts'
import { throwsAtOnce } from '../../support/rejects.ts'
import { within } from '../../support/within.ts'
import type { RedisClient, RedisOptions } from '@sluice/hub/redis'
import type { RedisServer } from '../../support/hub/redis-server.ts'

const soon = 10_000

const settings = suite(`redis settings${unlessRedis}`)

const test = (title: string, run: () => Promise<void>): void => {
  if (hasRedis) settings(title, run)
  else settings.skip(title, run)
}

const withServer = async (
  run: (server: RedisServer) => Promise<void>,
  ...flags: string[]
): Promise<void> => {
  const server = await startRedis(...flags)
  try {
    await run(server)
  } finally {
    await server.stop()
  }
}

const keysIn = async (server: RedisServer): Promise<readonly string[]> => {
  const found = await server.ask('KEYS', '*')
  return Array.isArray(found) ? found.map(String).sort() : []
}

/** Appends in one hub and reads in another. */
const passOn = async (options: RedisOptions): Promise<void> => {
  const [one, two] = [openHub({ engine: redis(options) }), openHub({ engine: redis(options) })]
  try {
    const reading = readItems(two.topic('news').read(), 2)
    await one.topic('news').append('é\ufeff')
    await one.topic('news').append(2)
    assert.equal((await within(soon, reading)).map(brief), ['v é\ufeff', 'v 2'])
  } finally {
    await Promise.all([one.close(), two.close()])
  }
}

/** Each is what users pass, so these lines also compile. */
const clients: Readonly<Record<string, (port: number) => RedisClient>> = {
  'without options but an address': (port) => createClient({ url: `redis://127.0.0.1:${port}` }),
  'of the second version of the protocol': (port) => createClient({ RESP: 2, socket: { port } }),
  'with a cache at the client': (port) =>
    createClient({ RESP: 3, socket: { port }, clientSideCache: { ttl: 0, maxEntries: 0 } }),
  'with a prefix of keys, a database and a queue while it is offline': (port) =>
    createClient({ socket: { port }, keyPrefix: 'mine:', database: 3, disableOfflineQueue: false }),
  'that maps types of replies': (port) =>
    createClient({ socket: { port } }).withTypeMapping({ 36: Buffer, 58: String }),
}

for (const [name, make] of Object.entries(clients))
  test(`a client ${name} serves`, () =>
    withServer(async (server) => {
      await passOn({ client: make(server.port) })
    }))

test('a client with a password serves, and its own connection is left as it was', () =>
  withServer(
    async (server) => {
      const client = createClient({ password: 'secret', socket: { port: server.port } })
      await client.connect()
      await passOn({ client })
      assert.is(client.isReady, true)
      assert.is(await client.get('sluice:none'), null)
      client.destroy()
    },
    '--requirepass',
    'secret',
  ))

test('a password that is wrong is the reason of the error', () =>
  withServer(
    async (server) => {
      const client = createClient({ password: 'wrong', socket: { port: server.port } })
      const hub = openHub({ engine: redis({ client }), onError: () => {} })
      let thrown: unknown
      await within(soon, hub.topic('news').append(1)).catch((error) => {
        thrown = error
      })
      assert.match(String(thrown), /Cannot reach Redis: WRONGPASS/)
      await hub.close()
    },
    '--requirepass',
    'secret',
  ))

settings('clients of a cluster and of Sentinel, and what is none, are refused at the call', () => {
  const client: unknown = undefined
  const others: readonly unknown[] = [
    createCluster({ rootNodes: [] }),
    createSentinel({ name: 'a', sentinelRootNodes: [{ host: 'localhost', port: 1 }] }),
    client,
    {},
  ]
  for (const other of others)
    throwsAtOnce(() => Reflect.apply(redis, undefined, [{ client: other }]), TypeError)
})

test('hubs with different prefixes share nothing', () =>
  withServer(async ({ client }) => {
    const hubs = ['a:', 'b:'].map((prefix) => openHub({ engine: redis({ client, prefix }) }))
    for (const [index, hub] of hubs.entries()) await hub.topic('news').append(index)
    for (const [index, hub] of hubs.entries()) {
      const items = await within(soon, readItems(hub.topic('news').read(), 1))
      assert.equal(items.map(brief), [`v ${index}`])
      await hub.close()
    }
  }))

test('keys of a topic, and of a register that is about it, have one hash tag', () =>
  withServer(async (server) => {
    const connection = redis({ client: server.client }).connect({
      arrived: () => {},
      failed: () => {},
      recovered: () => {},
    })
    await connection.swap('r:lease:t:a{b}:c', { expected: undefined, next: 'x', ttlMs: 60_000 })
    await connection.append('t:a{b}:c', [new Uint8Array(1)], {
      keep: { entries: 10, bytes: 1_000, ms: 60_000 },
      ifHeld: { key: 'r:lease:t:a{b}:c', value: 'x' },
    })
    assert.equal(await keysIn(server), [
      'sluice:notes',
      'sluice:{t%3Aa%7Bb%7D%3Ac}:log',
      'sluice:{t%3Aa%7Bb%7D%3Ac}:meta',
      'sluice:{t%3Aa%7Bb%7D%3Ac}:r:r%3Alease',
    ])
    await connection.close()
  }))

test('in a cluster a prefix with a hash tag keeps all in one slot', () =>
  withServer(
    async (server) => {
      await server.ask('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
      while (!String(await server.ask('CLUSTER', 'INFO')).includes('cluster_state:ok'))
        await new Promise((resolve) => setTimeout(resolve, 20))
      await passOn({ client: server.client, prefix: '{sluice}:' })
    },
    '--cluster-enabled',
    'yes',
  ))

test('a topic that nothing is appended to leaves Redis after keep.ms', () =>
  withServer(async (server) => {
    const hub = openHub({ engine: redis({ client: server.client }) })
    await hub.topic('news', { keep: { ms: 100 } }).append(1)
    const deadline = performance.now() + soon
    while ((await keysIn(server)).length > 1) {
      assert.ok(performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    assert.equal(await keysIn(server), ['sluice:notes'])
    await hub.close()
  }))

settings.run()
