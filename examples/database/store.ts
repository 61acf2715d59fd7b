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

/** Gives an error of the database the status that clients should see, by the class of its SQLSTATE. */
const failed = (cause: Error & { readonly code?: string }): never => {
  const { code = '', message } = cause
  const isOfConnection = !/^[0-9A-Z]{5}$/.test(code) || code.startsWith('57P')
  if (code === '57014')
    throw new HttpError('QUERY_TIMEOUT', `Cannot answer: ${message}`, { status: 504, cause })
  // Another transaction was in the way.
  if (isOfConnection || code.startsWith('40'))
    throw new HttpError('UNAVAILABLE', `Cannot use the database: ${message}`, { cause })
  if (code.startsWith('22'))
    throw new HttpError('BAD_REQUEST', `Cannot use a value: ${message}`, { cause })
  throw cause
}

/** How long one query may take, which all others wait for. PGlite cannot be interrupted. */
const queryTimeoutMs = 10_000

interface Opened {
  readonly connect: Connect
  close(): Promise<void>
}

const openPostgres = async (connectionString: string): Promise<Opened> => {
  const { Pool } = await import('pg')
  const pool = new Pool({
    connectionString,
    max: 1,
    // An idle connection does not keep the process alive.
    allowExitOnIdle: true,
    statement_timeout: queryTimeoutMs,
  })
  // Of a connection that nobody uses: the pool makes another.
  pool.on('error', () => {})
  try {
    await pool.query(tables)
  } catch (error) {
    await pool.end()
    throw error
  }
  return { connect: connectPool(pool), close: () => pool.end() }
}

const openPGlite = async (): Promise<Opened> => {
  const { PGlite } = await import('@electric-sql/pglite')
  const database = await PGlite.create()
  await database.exec(tables)
  return { connect: connectPGlite(database), close: () => database.close() }
}

let opened: Promise<Opened> | undefined

/** Opens the database at the first call. If that fails, the next call tries again. */
export const connect: Connect = async () => {
  const { DATABASE_URL } = process.env
  opened ??= (DATABASE_URL === undefined ? openPGlite() : openPostgres(DATABASE_URL)).catch(
    (error) => {
      opened = undefined
      throw error
    },
  )
  const database = await opened
  return database.connect()
}

/** Closes the database, if it is open. A PGlite that is not closed can keep the process alive for ten seconds. */
export const close = async (): Promise<void> => {
  const database = await opened?.catch(() => undefined)
  opened = undefined
  await database?.close()
}
