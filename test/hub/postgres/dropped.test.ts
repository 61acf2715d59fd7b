// @slow 15
// Tables and functions that are dropped while the engine runs are made again by the next call, which succeeds.
import { PGlite } from '@electric-sql/pglite'
import { postgres } from '@sluice/hub/postgres'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { EngineConnection } from '@sluice/hub'

const dropped = suite('what is dropped in a database')
let db: PGlite
let connection: EngineConnection
dropped.before(async () => {
  db = await PGlite.create()
  connection = postgres({ pool: db }).connect({ arrived() {}, failed() {}, recovered() {} })
})
dropped.after(async () => {
  await connection.close()
  await db.close()
})

const keep = { entries: 10, bytes: 100, ms: 60_000 }
const limits = { entries: 10, bytes: 100 }

const calls = {
  append: () => connection.append('t:news', [new Uint8Array(1)], { keep }),
  read: () => connection.read('t:news', 0, limits),
  swap: () => connection.swap('r:lease', { expected: undefined, next: undefined }),
  remove: () => connection.remove('t:news'),
}

/** Commands that drop each table and function, alone. */
const commands = async (): Promise<string[]> => {
  const { rows } = await db.query<{ command: string }>(
    `select 'drop table if exists ' || oid::regclass || ' cascade' as command from pg_class where relkind = 'r' and relname like 'sluice%'
    union all select 'drop function if exists ' || oid::regprocedure || ' cascade' from pg_proc where proname like 'sluice%'`,
  )
  return rows.map(({ command }) => command)
}

dropped('each table and each function alone is made again by any call that needs it', async () => {
  await calls.append()
  const all = await commands()
  assert.is(all.length, 11)
  for (const command of all)
    for (const [name, call] of Object.entries(calls)) {
      await db.exec(command)
      await call().catch((error) => assert.unreachable(`${name} after ${command}: ${error}`))
      await calls.append()
      assert.is((await calls.read()).records.length > 0, true, `${name} after ${command}`)
    }
})

dropped('calls at once after all tables are dropped all succeed, and none runs twice', async () => {
  await db.exec('drop table if exists sluice_logs, sluice_records, sluice_registers cascade')
  await Promise.all([calls.append(), calls.append(), calls.append()])
  assert.is((await calls.read()).records.length, 3)
})

dropped.run()
