import { checkInterval, propertyOf, quiet } from '@sluice/body/engine'
import { idleTimer } from '../idle-timer.ts'
import { Calls } from './calls.ts'
import { checkSchema, postgresSchema } from './schema.ts'
import { emptyPage, Functions } from './sql.ts'
import { PGliteStore, PoolStore } from './store.ts'
import { Tail } from './tail.ts'
import type {
  AppendOptions,
  AppendOutcome,
  Engine,
  EngineConnection,
  EngineListener,
  LogPage,
  LogState,
  ReadLimits,
  RegisterChange,
} from '../engine/engine.ts'
import type { PGliteDatabase, PostgresPool } from './clients.ts'
import type { Query } from './sql.ts'
import type { Connection, Session, SessionListener, Store } from './store.ts'

export interface PostgresOptions {
  /** A `Pool` of `pg`, of two connections or more, or a `PGlite`. Never closed: close the hub first, and then it. */
  readonly pool: PostgresPool | PGliteDatabase
  /** Where the tables are; `public` by default. Made if it is missing. */
  readonly schema?: string | undefined
  /** Polling interval, in milliseconds, for entries whose notification was lost; 1,000 by default. */
  readonly pollMs?: number | undefined
  /** A call rejects if PostgreSQL does not answer within this time, in milliseconds; 5,000 by default. */
  readonly timeoutMs?: number | undefined
}

/**
 * An engine in a PostgreSQL database, or in an embedded PGlite.
 *
 * `POSTGRES.md` of the package says what it keeps there, and what it guarantees.
 *
 * @throws {TypeError} At the call, when `pool` is neither, or `schema` is invalid.
 * @throws {RangeError} At the call, when `pool` has one connection only, or an interval is invalid.
 */
export const postgres = ({
  pool,
  schema = 'public',
  pollMs = 1_000,
  timeoutMs = 5_000,
}: PostgresOptions): Engine => {
  checkSchema(schema)
  checkInterval('pollMs', pollMs)
  checkInterval('timeoutMs', timeoutMs)
  checkPool(pool)
  return {
    name: 'postgres',
    connect(listener) {
      const store = 'connect' in pool ? new PoolStore(pool, timeoutMs) : new PGliteStore(pool)
      return new PostgresConnection(store, { schema, pollMs, timeoutMs }, listener)
    },
  }
}

const checkPool = (pool: PostgresPool | PGliteDatabase): void => {
  if (typeof pool !== 'object' || pool === null || !('connect' in pool || 'listen' in pool))
    throw new TypeError('Cannot use pool: wanted a Pool of pg, or a PGlite')
  // One connection hears notifications for good.
  if ('connect' in pool && pool.options.max < 2)
    throw new RangeError(`Cannot use pool: found max ${pool.options.max}, wanted 2 or more`)
}

interface Settings {
  readonly schema: string
  readonly pollMs: number
  readonly timeoutMs: number
}

/** Milliseconds between two looks for logs and registers that are too old. */
const sweepMs = 60_000

/** Of one page for the tail, for each topic. */
const tailLimits: ReadLimits = { entries: 256, bytes: 262_144 }

class PostgresConnection implements EngineConnection {
  readonly #store: Store
  readonly #settings: Settings
  readonly #functions: Functions
  readonly #calls: Calls
  readonly #tail: Tail
  readonly #closing = new AbortController()
  #sweep: ReturnType<typeof setTimeout>
  #ready: Promise<void> | undefined

  constructor(store: Store, settings: Settings, listener: EngineListener) {
    this.#store = store
    this.#settings = settings
    this.#functions = new Functions(settings.schema)
    this.#calls = new Calls(settings.timeoutMs)
    this.#tail = new Tail(
      {
        pollMs: settings.pollMs,
        signal: this.#closing.signal,
        open: (heard) => this.#openSession(heard),
        read: (query, asked) => this.#functions.read(query, asked, tailLimits),
      },
      listener,
    )
    this.#sweep = idleTimer(() => this.#sweepOld(), sweepMs)
  }

  append(
    topic: string,
    records: readonly Uint8Array[],
    options: AppendOptions,
  ): Promise<AppendOutcome> {
    return this.#call((query) => this.#functions.append(query, topic, records, options))
  }

  read(topic: string, after: number, limits: ReadLimits): Promise<LogPage> {
    return this.#call(async (query) => {
      const pages = await this.#functions.read(query, [{ topic, after }], limits)
      return pages.get(topic) ?? emptyPage
    })
  }

  follow(topic: string): Promise<LogState> {
    if (this.#closing.signal.aborted) return Promise.reject(this.#closing.signal.reason)
    return this.#tail.follow(topic)
  }

  unfollow(topic: string): void {
    this.#tail.unfollow(topic)
  }

  swap(key: string, change: RegisterChange): Promise<string | undefined> {
    return this.#call((query) => this.#functions.swap(query, key, change))
  }

  remove(topic: string): Promise<void> {
    return this.#call((query) => this.#functions.remove(query, topic))
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    const error = new Error('Cannot use PostgreSQL: the connection of the hub is closed')
    this.#closing.abort(error)
    clearTimeout(this.#sweep)
    this.#calls.close(error)
    await this.#tail.close(error)
    this.#store.close()
  }

  #call<T>(call: (query: Query) => Promise<T>): Promise<T> {
    return this.#calls.run(async (signal) => {
      const query: Query = (text, values) => this.#store.query(text, values, signal)
      const ready = this.#prepare()
      await ready
      try {
        return await call(query)
      } catch (error) {
        if (!isMissing(error)) throw error
        if (this.#ready === ready) this.#ready = undefined
      }
      // What was missing has undone all of the call.
      await this.#prepare()
      return call(query)
    })
  }

  async #openSession(listener: SessionListener): Promise<Session> {
    // It may be another server by now.
    this.#ready = undefined
    await this.#prepare()
    const channel = `sluice_${this.#settings.schema}`
    return this.#calls.run((signal) => this.#store.openSession(channel, listener, signal))
  }

  /** Makes the tables and functions once, if some are missing. */
  #prepare(): Promise<void> {
    this.#ready ??= this.#calls
      .run((signal) => this.#store.prepare((connection) => this.#makeMissing(connection), signal))
      .catch((error) => {
        this.#ready = undefined
        throw error
      })
    return this.#ready
  }

  async #makeMissing({ query, run }: Connection): Promise<void> {
    if (await this.#functions.areThere(query)) return
    await run(postgresSchema(this.#settings.schema))
  }

  #sweepOld(): void {
    // If it fails, the next one may succeed.
    quiet(this.#call((query) => this.#functions.sweep(query)))
    this.#sweep = idleTimer(() => this.#sweepOld(), sweepMs)
  }
}

/** Undefined functions, tables, schemas and types of rows: somebody has dropped them. */
const missingCodes: readonly unknown[] = ['42883', '42P01', '3F000', '42704']

const isMissing = (error: unknown): boolean => missingCodes.includes(propertyOf(error, 'code'))
