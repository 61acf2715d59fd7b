// The clients that may be passed in, by the little of them that is used: a pool of the `pg` package, or a PGlite. The package depends
// on neither.

/** A row of a result; values are strings, bytes, booleans or null. */
export interface SqlRow {
  readonly [column: string]: unknown
}

export interface SqlResult {
  readonly rows: readonly SqlRow[]
}

/** A query, with the time after which `pg` rejects it. Only one without values may be of several statements. */
interface TimedQuery {
  readonly text: string
  readonly values?: unknown[]
  readonly query_timeout: number
}

/** A connection of a `pg` pool. */
export interface PostgresClient {
  query(query: TimedQuery): Promise<SqlResult>
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'notification', listener: (message: { payload?: string | undefined }) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
  release(isBroken?: boolean): void
}

/** A `Pool` of the `pg` package. */
export interface PostgresPool {
  readonly options: { readonly max: number }
  connect(): Promise<PostgresClient>
  on(event: 'error', listener: (error: Error) => void): unknown
  removeListener(event: 'error', listener: (error: Error) => void): unknown
}

/** A `PGlite` of the `@electric-sql/pglite` package. */
export interface PGliteDatabase {
  query(text: string, values?: unknown[]): Promise<SqlResult>
  exec(script: string): Promise<unknown>
  listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>>
}
