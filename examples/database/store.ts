// Where the tables are: in the PostgreSQL server that DATABASE_URL names, else in one inside of this process (PGlite).
import { HttpError } from '@sluice/stack'
import type { PGlite } from '@electric-sql/pglite'
import type { Pool } from 'pg'

export type Row = Readonly<Record<string, unknown>>

/** A connection, by the little of it that is used. Run one query at a time. */
export interface Connection {
  query(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>
  /** Whether it is broken. Its transaction and its cursors are gone then. */
  isLost(): boolean
  /** Gives it back. */
  release(): void
}

export type Connect = () => Promise<Connection>

/** Tables of its own, so that the example runs anywhere. Several processes may begin at once: one makes them. */
export const tables = `
  select pg_advisory_xact_lock(1936486755);
  create schema if not exists sluice_database;
  create table if not exists sluice_database.levels as
    select (date '2000-01-01' + n)::text as day, gauge, (250 + 120 * sin(n / 58.0 + length(gauge)) + n * 37 % 40)::int as cm
    from generate_series(0, 9999) n, unnest(array['Aller', 'Elbe', 'Leine', 'Oker', 'Weser']) gauge;
  create table if not exists sluice_database.accounts (name text primary key, balance int not null check (balance >= 0));
  insert into sluice_database.accounts values ('Ann', 100), ('Bob', 100), ('Cay', 100) on conflict do nothing;
`

export const connectPool =
  (pool: Pool): Connect =>
  async () => {
    const client = await pool.connect()
    let isLost = false
    const lose = () => {
      isLost = true
    }
    client.on('error', lose)
    return {
      query: async (sql, values = []) => {
        const { rows } = await client.query(sql, [...values]).catch(failed)
        return rows
      },
      isLost: () => isLost,
      release() {
        client.removeListener('error', lose)
        client.release(isLost)
      },
    }
  }

/** It is one connection. */
export const connectPGlite =
  (database: PGlite): Connect =>
  async () => ({
    query: async (sql, values = []) => {
      const { rows } = await database.query<Row>(sql, [...values]).catch(failed)
      return rows
    },
    isLost: () => false,
    release() {},
  })

/** Tells clients what is theirs to mend. The classes are those of SQLSTATE. */
const failed = (cause: Error & { code?: string }): never => {
  const code = cause.code ?? ''
  if (code.startsWith('22'))
    throw new HttpError('BAD_REQUEST', `Cannot use a value: ${cause.message}`, { cause })
  if (code === '57014')
    throw new HttpError('QUERY_TIMEOUT', 'Cannot answer: a query took too long', {
      status: 504,
      cause,
    })
  if (code.startsWith('40'))
    throw new HttpError('UNAVAILABLE', 'Cannot answer: another transaction was in the way', {
      cause,
    })
  throw cause
}

/** How long one query may take, which all others wait for. PGlite cannot be interrupted. */
const queryTimeoutMs = 10_000

const openPostgres = async (connectionString: string): Promise<Connect> => {
  const { Pool } = await import('pg')
  // An idle connection does not keep the process alive.
  const pool = new Pool({
    connectionString,
    max: 1,
    allowExitOnIdle: true,
    statement_timeout: queryTimeoutMs,
  })
  pool.on('error', () => {})
  await pool.query(tables)
  return connectPool(pool)
}

const openPGlite = async (): Promise<Connect> => {
  const { PGlite } = await import('@electric-sql/pglite')
  const database = await PGlite.create()
  await database.exec(tables)
  return connectPGlite(database)
}

let opened: Promise<Connect> | undefined

/** Opens the database at the first call. If that fails, the next call tries again. */
export const connect: Connect = async () => {
  const { DATABASE_URL } = process.env
  opened ??= DATABASE_URL === undefined ? openPGlite() : openPostgres(DATABASE_URL)
  try {
    return await (await opened)()
  } catch (error) {
    opened = undefined
    throw error
  }
}
