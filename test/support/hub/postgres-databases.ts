import { PGlite } from '@electric-sql/pglite'
import { poolOf, postgresPrograms, startPostgres, unlessPostgres } from './postgres-server.ts'
import type { PostgresOptions } from '@sluice/hub/postgres'

/** A database that the engine is tried on. */
export interface Database {
  readonly pool: PostgresOptions['pool']
  run(script: string): Promise<unknown>
  close(): Promise<void>
}

export interface DatabaseKind {
  readonly name: string
  readonly isHere: boolean
  open(): Promise<Database>
}

const openPGlite = async (): Promise<Database> => {
  const pool = await PGlite.create()
  return { pool, run: (script) => pool.exec(script), close: () => pool.close() }
}

const openServer = async (): Promise<Database> => {
  const server = await startPostgres()
  const pool = poolOf(server)
  return {
    pool,
    run: (script) => pool.query(script),
    async close() {
      await pool.end()
      await server.discard()
    },
  }
}

export const databases: readonly DatabaseKind[] = [
  { name: 'PGlite', isHere: true, open: openPGlite },
  { name: `a server${unlessPostgres}`, isHere: postgresPrograms !== undefined, open: openServer },
]
