// @slow 30
// @waits
// The engine in PostgreSQL: on a PGlite, and on a real server if one is installed.
import { PGlite } from '@electric-sql/pglite'
import { openHub } from '@sluice/hub'
import { postgres } from '@sluice/hub/postgres'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  poolOf,
  postgresPrograms,
  startPostgres,
  unlessPostgres,
} from '../support/hub/postgres-server.ts'
import { brief, readItems } from '../support/hub/read-items.ts'
import { rejects } from '../support/rejects.ts'
import { within } from '../support/within.ts'
import type { PostgresOptions } from '@sluice/hub/postgres'

const soon = 10_000

interface Database {
  readonly pool: PostgresOptions['pool']
  close(): Promise<void>
}

const openPGlite = async (): Promise<Database> => {
  const pool = await PGlite.create()
  return { pool, close: () => pool.close() }
}

const openServer = async (): Promise<Database> => {
  const server = await startPostgres()
  const pool = poolOf(server)
  return {
    pool,
    async close() {
      await pool.end()
      await server.discard()
    },
  }
}

const databases = [
  { name: 'PGlite', open: openPGlite, unless: '' },
  { name: 'a server', open: openServer, unless: unlessPostgres },
]

for (const { name, open, unless } of databases) {
  const each = suite<{ database: Database }>(`postgres on ${name}`)
  const isHere = unless === '' || postgresPrograms !== undefined
  each.before(async (context) => {
    if (isHere) context.database = await open()
  })
  each.after(async ({ database }) => {
    if (isHere) await database.close()
  })
  const test = isHere ? each : each.skip

  test(`entries of two hubs are read by both, in order${unless}`, async ({ database }) => {
    const engine = postgres({ pool: database.pool })
    const one = openHub({ engine })
    const two = openHub({ engine })
    const readings = [one, two].map((hub) => readItems(hub.topic('news').read(), 5))
    const first = await one.topic('news').append('a')
    await Promise.all(['b', 'c'].map((value) => two.topic('news').append(value)))
    await two.topic('news').append(new Uint8Array([0, 255]))
    await one.topic('news').stop('enough')
    for (const reading of readings)
      assert.equal((await within(soon, reading)).map(brief), [
        'v a',
        'v b',
        'v c',
        'v 0,255',
        'end stopped',
      ])
    const resumed = await within(soon, readItems(two.topic('news').read({ after: first })))
    assert.equal(resumed.map(brief), ['v b', 'v c', 'v 0,255', 'end stopped'])
    await rejects(() => one.topic('news').append('late'), 'TOPIC_ENDED')
    await one.close()
    await two.close()
  })

  each.run()
}
