// @slow 15
// @waits
// What the engine makes, keeps and leaves in a database, and what it asks of a client.
import { PGlite } from '@electric-sql/pglite'
import { openHub } from '@sluice/hub'
import { postgres, postgresSchema } from '@sluice/hub/postgres'
import { sleep } from '@sluice/pause'
import pg from 'pg'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  poolOf,
  postgresPrograms,
  startPostgres,
  unlessPostgres,
} from '../../support/hub/postgres-server.ts'
import { brief, readItems } from '../../support/hub/read-items.ts'
import { rejects } from '../../support/rejects.ts'
import { within } from '../../support/within.ts'
import type { PGliteDatabase } from '@sluice/hub/postgres'
import type { PostgresServer } from '../../support/hub/postgres-server.ts'

const soon = 20_000

const embedded = suite('a PGlite of the engine')
let db: PGlite
embedded.before(async () => {
  db = await PGlite.create()
})
embedded.after(() => db.close())

const countOf = async (table: string): Promise<unknown> =>
  (await db.query<{ count: number }>(`select count(*)::int as count from ${table}`)).rows[0]?.count

embedded('schemas do not share topics', async () => {
  const one = openHub({ engine: postgres({ pool: db, schema: 'user' }) })
  const two = openHub({ engine: postgres({ pool: db, schema: 'two' }) })
  await one.topic('news').append('of one')
  await two.topic('news').append('of two')
  const items = await within(soon, readItems(two.topic('news').read(), 1))
  assert.equal(items.map(brief), ['v of two'])
  await one.close()
  await two.close()
})

/** Answers later than a timer of 1 ms. */
const slow: PGliteDatabase = {
  query: async (text, values) => {
    await sleep(10)
    return db.query(text, values)
  },
  exec: (script) => db.exec(script),
  listen: async () => async () => {},
}

embedded('times that are longer than a timer are waited for', async () => {
  for (const ms of [Number.POSITIVE_INFINITY, 1e12]) {
    const engine = postgres({ pool: slow, schema: 'slow', timeoutMs: ms, pollMs: ms })
    const hub = openHub({ engine, engineTimeoutMs: ms })
    assert.type(await within(soon, hub.topic(`news ${ms}`).append(1)), 'string')
    await hub.close()
  }
})

/** Hears no notifications. */
const deaf: PGliteDatabase = {
  query: (text, values) => db.query(text, values),
  exec: (script) => db.exec(script),
  listen: async () => async () => {},
}

embedded('entries of which no notification comes are found by polling', async () => {
  const hub = openHub({ engine: postgres({ pool: deaf, schema: 'deaf', pollMs: 20 }) })
  const reading = readItems(hub.topic('news').read(), 2)
  await hub.topic('news').append(1)
  await new Promise((resolve) => setTimeout(resolve, 50))
  await hub.topic('news').append(2)
  assert.equal((await within(soon, reading)).map(brief), ['v 1', 'v 2'])
  await hub.close()
})

embedded(
  'a log that was removed and begun anew between two looks arrives from its beginning',
  async () => {
    const arrived: string[] = []
    const connection = postgres({ pool: deaf, schema: 'anew', pollMs: 200 }).connect({
      arrived: (_, { state, records }) =>
        arrived.push(...records.map(({ seq }) => `${seq} of ${state.last}`)),
      failed() {},
      recovered() {},
    })
    const options = { keep: { entries: 10, bytes: 100, ms: 60_000 } }
    const record = new Uint8Array(1)
    const until = async (count: number) => {
      while (arrived.length < count) await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await connection.follow('t:news')
    await connection.append('t:news', [record, record, record], options)
    await within(soon, until(3))
    await connection.remove('t:news')
    await connection.append('t:news', [record, record], options)
    await within(soon, until(5))
    assert.equal(arrived, ['1 of 3', '2 of 3', '3 of 3', '1 of 2', '2 of 2'])
    await connection.close()
  },
)

embedded('logs and registers that are too old are swept, and others stay', async () => {
  const engine = postgres({ pool: db, schema: 'swept' })
  const connection = engine.connect({ arrived() {}, failed() {}, recovered() {} })
  for (const [topic, ms] of [
    ['t:old', 1],
    ['t:new', 60_000],
  ] as const) {
    const keep = { entries: 10, bytes: 100, ms }
    await connection.append(topic, [new Uint8Array(3), new Uint8Array(4)], { keep })
    await connection.swap(`r:${topic}`, { expected: undefined, next: 'held', ttlMs: ms })
  }
  await new Promise((resolve) => setTimeout(resolve, 10))
  await db.query('select swept.sluice_sweep_1()')
  assert.is(await countOf('swept.sluice_logs'), 1)
  assert.is(await countOf('swept.sluice_records'), 2)
  assert.is(await countOf('swept.sluice_registers'), 1)
  await connection.close()
})

embedded('what is trimmed is deleted', async () => {
  const hub = openHub({ engine: postgres({ pool: db, schema: 'trimmed' }) })
  const topic = hub.topic('news', { keep: { entries: 3 } })
  for (let value = 0; value < 10; value++) await topic.append(value)
  assert.is(await countOf('trimmed.sluice_records'), 3)
  await hub.close()
})

embedded.run()

const server = suite(`a server of the engine${unlessPostgres}`)
let postgresServer: PostgresServer
server.before(async () => {
  if (postgresPrograms !== undefined) postgresServer = await startPostgres()
})
server.after(() => postgresServer?.discard())
const test = postgresPrograms === undefined ? server.skip : server

test('a role that may not make tables uses those that its owner has made', async () => {
  const owner = poolOf(postgresServer)
  await owner.query('create role app login')
  const pool = new pg.Pool({ ...postgresServer.address, user: 'app' })
  const hub = openHub({ engine: postgres({ pool, schema: 'feeds' }) })
  await rejects(() => within(soon, hub.topic('news').append(1)), 'ENGINE_FAILED')
  await owner.query(postgresSchema('feeds'))
  await owner.query(
    'grant usage on schema feeds to app; grant select, insert, update, delete on all tables in schema feeds to app',
  )
  const reading = readItems(hub.topic('news', { keep: { entries: 1 } }).read(), 1)
  await hub.topic('news').append(1)
  assert.equal((await within(soon, reading)).map(brief), ['v 1'])
  await hub.close()
  await pool.end()
  await owner.end()
})

test('a server that does not say which timeline it is on has one history', async () => {
  const owner = poolOf(postgresServer)
  await owner.query('create role hosted login')
  await owner.query('create database hosted owner hosted')
  const address = { ...postgresServer.address, database: 'hosted' }
  const admin = new pg.Pool(address)
  await admin.query('revoke execute on function pg_control_system() from public')
  const pool = new pg.Pool({ ...address, user: 'hosted' })
  const hub = openHub({ engine: postgres({ pool, schema: 'feeds' }) })
  const topic = hub.topic('news')
  const ids = [await topic.append(1), await topic.append(2)]
  const items = await within(soon, readItems(topic.read({ after: ids[0] }), 1))
  assert.equal(items.map(brief), ['v 2'])
  await hub.close()
  await Promise.all([pool.end(), admin.end(), owner.end()])
})

test('hubs that start at once make the tables once', async () => {
  const pool = poolOf(postgresServer)
  const engine = postgres({ pool, schema: 'raced' })
  const hubs = Array.from({ length: 5 }, () => openHub({ engine }))
  await within(soon, Promise.all(hubs.map((hub) => hub.topic('news').append(1))))
  await Promise.all(hubs.map((hub) => hub.close()))
  await pool.end()
})

test('close gives its connection and its listener back, and the pool still works', async () => {
  const pool = poolOf(postgresServer)
  const listeners = pool.listenerCount('error')
  const hub = openHub({ engine: postgres({ pool }) })
  const reading = readItems(hub.topic('news').read(), 1)
  await hub.topic('news').append(1)
  await within(soon, reading)
  assert.is(pool.totalCount - pool.idleCount, 1)
  await hub.close()
  assert.is(pool.totalCount - pool.idleCount, 0)
  assert.is(pool.listenerCount('error'), listeners)
  assert.equal((await pool.query('select 1 as one')).rows, [{ one: 1 }])
  await pool.end()
})

server.run()

const options = suite('options of the engine')

options('a pool of one connection, or something else, is refused at the call', () => {
  assert.throws(() => postgres({ pool: new pg.Pool({ max: 1 }) }), /found max 1, wanted 2 or more/)
  assert.throws(() => postgres(JSON.parse('{"pool":{}}')), /wanted a Pool of pg, or a PGlite/)
  assert.throws(() => postgres(JSON.parse('{"pool":null}')), /wanted a Pool of pg, or a PGlite/)
})

for (const schema of ['', 'A', 'a b', 'a"', '1a', 'é', 'a'.repeat(56)])
  options(`the schema ${JSON.stringify(schema)} is refused at the call`, () => {
    assert.throws(() => postgresSchema(schema), /Cannot use the schema/)
    assert.throws(() => postgres({ pool: new pg.Pool(), schema }), /Cannot use the schema/)
  })

options('intervals that are none are refused at the call', () => {
  assert.throws(() => postgres({ pool: new pg.Pool(), pollMs: 0 }), /pollMs/)
  assert.throws(() => postgres({ pool: new pg.Pool(), timeoutMs: -1 }), /timeoutMs/)
})

options.run()
