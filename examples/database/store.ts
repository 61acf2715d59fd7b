// Where the tables are: in the PostgreSQL server that DATABASE_URL names, else in a PGlite on a worker thread.
import { randomUUID } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import { HttpError } from '@sluice/stack'
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

/** Gives an error of the database the status that clients should see, by the class of its SQLSTATE. */
const failed = (cause: Error & { readonly code?: string }): never => {
  const { code = '', message } = cause
  // A SQLSTATE has a digit, EPIPE has none.
  const isOfConnection = !/^(?=\D*\d)[0-9A-Z]{5}$/.test(code) || code.startsWith('57P')
  if (code === '57014')
    throw new HttpError('QUERY_TIMEOUT', `Cannot answer: ${message}`, { status: 504, cause })
  // Another transaction was in the way.
  if (isOfConnection || code.startsWith('40'))
    throw new HttpError('UNAVAILABLE', `Cannot use the database: ${message}`, { cause })
  if (code.startsWith('22'))
    throw new HttpError('BAD_REQUEST', 'Cannot use a value: the database refuses it', { cause })
  throw cause
}

/** How long one query may take, which all others wait for. PGlite knows no such limit. */
const queryTimeoutMs = 10_000

/** A PGlite on a worker thread. */
export interface PGliteThread {
  readonly connectionString: Promise<string>
  hasEnded(): boolean
  end(): Promise<unknown>
}

/** Starts a PGlite for one connection at a time. It is not what keeps the process alive. */
export const startPGlite = (
  script: URL = new URL('./pglite.js', import.meta.url),
): PGliteThread => {
  const key = randomUUID()
  let hasEnded = false
  // Without the loader of TypeScript that this thread may have.
  const worker = new Worker(script, { workerData: { key }, execArgv: [] })
  worker.unref()
  const connectionString = new Promise<string>((resolve, reject) => {
    worker.once('message', (port) =>
      resolve(
        `postgres://postgres@127.0.0.1:${port}/postgres?sslmode=disable&application_name=${key}`,
      ),
    )
    worker.on('error', reject)
    worker.once('exit', () => {
      hasEnded = true
      reject(new Error('Cannot connect: PGlite has ended'))
    })
  })
  return { connectionString, hasEnded: () => hasEnded, end: () => worker.terminate() }
}

const openPool = async (connectionString: string): Promise<Pool> => {
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
  return pool
}

let pglite: PGliteThread | undefined
let opened: Promise<Pool> | undefined

const open = async (): Promise<Pool> => {
  const { DATABASE_URL } = process.env
  if (DATABASE_URL !== undefined) return openPool(DATABASE_URL)
  pglite = startPGlite()
  return openPool(await pglite.connectionString)
}

/** Opens the database at the first call. If that fails, or PGlite has ended, the next call tries again. */
export const connect: Connect = async () => {
  if (pglite?.hasEnded() === true) await close()
  if (opened === undefined) {
    const opening = open()
    opened = opening
    opening.catch(() => (opened === opening ? close() : undefined))
  }
  return connectPool(await opened)()
}

/** Closes the database, if it is open or about to be. */
export const close = async (): Promise<void> => {
  const [thread, opening] = [pglite, opened]
  pglite = undefined
  opened = undefined
  await thread?.end()
  const pool = await opening?.catch(() => undefined)
  await pool?.end()
}
