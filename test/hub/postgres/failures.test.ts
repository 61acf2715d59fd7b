// @slow 40
// @waits
// @seconds 300
// A PostgreSQL that is not there, crashes, fails over, or loses connections: what callers and readers see.
import { openHub } from '@sluice/hub'
import { postgres } from '@sluice/hub/postgres'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  poolOf,
  postgresPrograms,
  startPostgres,
  unlessPostgres,
} from '../../support/hub/postgres-server.ts'
import { brief } from '../../support/hub/read-items.ts'
import { rejects } from '../../support/rejects.ts'
import { within } from '../../support/within.ts'
import type { Hub, Item } from '@sluice/hub'
import type { PostgresOptions } from '@sluice/hub/postgres'
import type pg from 'pg'
import type { PostgresServer } from '../../support/hub/postgres-server.ts'

const soon = 30_000

const failures = suite(`failures of PostgreSQL${unlessPostgres}`)

interface Scene {
  readonly server: PostgresServer
  readonly pool: pg.Pool
  readonly hub: Hub
  /** What no caller got. */
  readonly errors: readonly unknown[]
}

interface SceneOptions extends Omit<PostgresOptions, 'pool'> {
  readonly settings?: Readonly<Record<string, string>>
}

const test = (
  title: string,
  run: (scene: Scene) => Promise<void>,
  { settings, ...options }: SceneOptions = {},
): void => {
  if (postgresPrograms === undefined) return failures.skip(title)
  failures(title, async () => {
    const server = await startPostgres(settings)
    const pool = poolOf(server)
    const errors: unknown[] = []
    const hub = openHub({
      engine: postgres({ pool, ...options }),
      onError: (error) => errors.push(error),
    })
    try {
      await run({ server, pool, hub, errors })
    } finally {
      await hub.close()
      await pool.end()
      await server.discard()
    }
  })
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

/** Calls until it does not reject: a pool has broken connections after a restart. */
const insist = async <T>(call: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await call()
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

test('without a server at the start appends reject, and readers wait until it is there', async ({
  server,
  hub,
  errors,
}) => {
  await server.stop()
  const read = reader(hub.topic('news').read())
  const reading = read(1)
  await rejects(() => within(soon, hub.topic('news').append(1)), 'ENGINE_FAILED')
  await server.start()
  await insist(() => hub.topic('news').append(2))
  assert.equal(await reading, ['v 2'])
  assert.ok(errors.length > 0)
})

test('a crash is no gap: a reader goes on with every entry that was acknowledged', async ({
  server,
  hub,
}) => {
  const topic = hub.topic('news')
  const read = reader(topic.read())
  const ids = []
  for (const value of [1, 2, 3]) ids.push(await topic.append(value))
  assert.equal(await read(2), ['v 1', 'v 2'])
  await server.stop('SIGKILL')
  await server.start()
  await insist(() => topic.append(4))
  assert.equal(await read(2), ['v 3', 'v 4'])
  assert.equal(await reader(topic.read({ after: ids[1] }))(2), ['v 3', 'v 4'])
})

test(
  'a crash loses no acknowledged entry, if the server commits asynchronously too',
  async ({ server, hub }) => {
    const topic = hub.topic('news')
    for (let value = 1; value <= 20; value++) await topic.append(value)
    await server.stop('SIGKILL')
    await server.start()
    const wanted = Array.from({ length: 20 }, (_, index) => `v ${index + 1}`)
    assert.equal(await reader(topic.read())(20), wanted)
  },
  { settings: { synchronous_commit: 'off', wal_writer_delay: '10s' } },
)

test('a fail-over that loses entries is a gap, and readers continue behind it', async ({
  server,
  hub,
}) => {
  const topic = hub.topic('news')
  const live = reader(topic.read())
  const ids = []
  for (const value of [1, 2]) ids.push(await topic.append(value))
  await server.backUp()
  for (const value of ['lost', 'lost']) ids.push(await topic.append(value))
  assert.equal(await live(4), ['v 1', 'v 2', 'v lost', 'v lost'])
  await server.stop('SIGKILL')
  await server.failOver()
  ids.push(await insist(() => topic.append(3)))
  assert.equal(await live(2), ['gap failover', 'v 3'])
  // The number of the first lost entry was given to another one.
  assert.is(ids[4]?.split('.')[1], ids[2]?.split('.')[1])
  assert.equal(await reader(topic.read({ after: ids[0] }))(3), ['v 2', 'gap failover', 'v 3'])
  assert.equal(await reader(topic.read({ after: ids[3] }))(2), ['gap failover', 'v 3'])
  assert.equal(
    await reader(topic.read({ after: ids[4], signal: AbortSignal.timeout(100) }))(1).catch(() => [
      'nothing',
    ]),
    ['nothing'],
  )
})

test(
  'a reader of which the connection for notifications is ended goes on',
  async ({ pool, hub }) => {
    const topic = hub.topic('news')
    const read = reader(topic.read())
    await topic.append(1)
    assert.equal(await read(1), ['v 1'])
    const { rowCount } = await pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen sluice_public' or query like '%sluice_read_1%' and pid <> pg_backend_pid()`,
    )
    assert.ok((rowCount ?? 0) > 0)
    await insist(() => topic.append(2))
    assert.equal(await read(1), ['v 2'])
  },
  { pollMs: 600_000 },
)

test(
  'a pool without a free connection rejects soon, and works again later',
  async ({ pool, hub }) => {
    const taken = await Promise.all(Array.from({ length: 10 }, () => pool.connect()))
    const reading = reader(hub.topic('news').read())(1)
    await rejects(() => within(soon, hub.topic('news').append(1)), 'ENGINE_FAILED')
    for (const client of taken) client.release()
    await insist(() => hub.topic('news').append(2))
    assert.equal(await reading, ['v 2'])
  },
  { timeoutMs: 200 },
)

test(
  'calls that time out while all connections are taken never run, and leave no queue in the pool',
  async ({ pool, hub }) => {
    await hub.topic('news').append(1)
    const taken = await Promise.all(Array.from({ length: 10 }, () => pool.connect()))
    const topics = Array.from({ length: 50 }, (_, index) => hub.topic(`late ${index}`))
    await within(
      soon,
      Promise.all(topics.map((topic) => rejects(() => topic.append('late'), 'ENGINE_FAILED'))),
    )
    const { waitingCount } = pool
    const read = reader(hub.topic('news').read())
    for (const client of taken) client.release()
    await insist(() => hub.topic('news').append(2))
    assert.equal(await read(2), ['v 1', 'v 2'])
    assert.is(waitingCount, 10)
    const { rows } = await pool.query("select name from sluice_logs where name like '%late%'")
    assert.equal(rows, [])
  },
  { timeoutMs: 200 },
)

test(
  'a server that does not answer rejects appends, and readers go on once it does',
  async ({ pool, hub }) => {
    const topic = hub.topic('news')
    const read = reader(topic.read())
    await topic.append(1)
    assert.equal(await read(1), ['v 1'])
    const other = await pool.connect()
    await other.query('begin; lock table sluice_logs in access exclusive mode')
    await rejects(() => within(soon, topic.append(2)), 'ENGINE_FAILED')
    await other.query('rollback')
    other.release()
    await insist(() => topic.append(3))
    // The server may append late what was given up here.
    const next = await read(1)
    assert.equal(next[0] === 'v 2' ? await read(1) : next, ['v 3'])
  },
  { timeoutMs: 200, pollMs: 50 },
)

test(
  'tables that are dropped are made again, and readers get a gap',
  async ({ pool, hub }) => {
    const topic = hub.topic('news')
    const read = reader(topic.read())
    await topic.append(1)
    assert.equal(await read(1), ['v 1'])
    await pool.query('drop schema public cascade')
    await insist(() => topic.append(2))
    assert.equal(await read(2), ['gap trimmed', 'v 2'])
  },
  { pollMs: 50 },
)

test(
  'tables that are dropped without the functions are made again by the next call',
  async ({ pool, hub }) => {
    const topic = hub.topic('news')
    const read = reader(topic.read())
    await topic.append(1)
    assert.equal(await read(1), ['v 1'])
    await pool.query('drop table sluice_logs, sluice_records, sluice_registers cascade')
    await topic.append(2)
    assert.equal(await read(2), ['gap trimmed', 'v 2'])
  },
  { pollMs: 50 },
)

failures.run()
