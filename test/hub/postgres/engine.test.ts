// @slow 20
// @waits
// @seconds 300
// The engine in PostgreSQL keeps the contract of engines: on a PGlite, and on a real server if one is installed.
import { engineTests } from '@sluice/hub/engine-tests'
import { postgres, postgresSchema } from '@sluice/hub/postgres'
import { suite } from 'uvu'
import { databases } from '../../support/hub/postgres-databases.ts'
import type { Database } from '../../support/hub/postgres-databases.ts'

const emptied = ['logs', 'records', 'registers'].map((table) => `delete from sluice_${table}`)

for (const { name, isHere, open } of databases) {
  const engine = suite(`the contract of engines on ${name}`)
  let database: Database | undefined
  engine.before(async () => {
    if (!isHere) return
    database = await open()
    await database.run(postgresSchema())
  })
  engine.after(() => database?.close())

  const makeEngine = async () => {
    if (database === undefined) throw new Error('no database')
    await database.run(emptied.join(';'))
    return postgres({ pool: database.pool })
  }

  for (const { name, run } of engineTests(makeEngine))
    if (isHere) engine(name, run)
    else engine.skip(name, run)

  engine.run()
}
