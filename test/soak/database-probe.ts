import { within } from '../support/within.ts'
import type { DatabaseCounts } from './example-report.ts'

/** A connection of `pg`, or a PGlite, as far as it is asked. */
interface Queried {
  query(sql: string): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>
}

const connections = new Set<Queried>()

/** Notes what is made by a method of a class, or is `this` in it, until it is closed. */
const noteAll = (prototype: object, methods: { opens: string; closes: string }): void => {
  const wrap = (name: string, note: (connection: Queried) => void) => {
    const given: unknown = Reflect.get(prototype, name)
    if (typeof given !== 'function') throw new TypeError(`Cannot watch a database: no ${name}`)
    Reflect.set(prototype, name, function (this: Queried, ...args: unknown[]) {
      note(this)
      return Reflect.apply(given, this, args)
    })
  }
  wrap(methods.opens, (connection) => connections.add(connection))
  wrap(methods.closes, (connection) => connections.delete(connection))
}

/** Has every connection of these libraries noted from now on. */
export const watchDatabases = async (libraries: readonly string[]): Promise<void> => {
  if (libraries.includes('pg')) {
    const { Client } = await import('pg')
    noteAll(Client.prototype, { opens: 'connect', closes: 'end' })
  }
  if (libraries.includes('@electric-sql/pglite')) {
    const { PGlite } = await import('@electric-sql/pglite')
    noteAll(PGlite.prototype, { opens: 'query', closes: 'close' })
  }
}

// A statement of its own begins when its transaction does.
const question = `select count(*)::int as cursors, now() <> statement_timestamp() as inside
  from pg_cursors where name <> ''`

/** Waits its turn on each connection: one that never comes is held by a transaction. */
const countOf = async (connection: Queried): Promise<Omit<DatabaseCounts, 'connections'>> => {
  try {
    const { rows } = await within(2000, connection.query(question))
    return {
      cursors: Number(rows[0]?.cursors ?? 0),
      transactions: rows[0]?.inside === true ? 1 : 0,
    }
  } catch {
    return { cursors: 0, transactions: 1 }
  }
}

export const countDatabases = async (): Promise<DatabaseCounts> => {
  const each = await Promise.all([...connections].map(countOf))
  return {
    connections: connections.size,
    cursors: each.reduce((sum, { cursors }) => sum + cursors, 0),
    transactions: each.reduce((sum, { transactions }) => sum + transactions, 0),
  }
}
