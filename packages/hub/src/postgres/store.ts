import { onAbort, quiet, timerMs } from '@sluice/body/engine'
import { Turns } from './turns.ts'
import type { PGliteDatabase, PostgresClient, PostgresPool, SqlRow } from './clients.ts'

export interface Connection {
  readonly query: (text: string, values: unknown[]) => Promise<readonly SqlRow[]>
  /** Runs several statements in one transaction. */
  readonly run: (script: string) => Promise<void>
}

/** A connection that hears notifications, and on which the followed topics are read. */
export interface Session {
  readonly query: Connection['query']
  close(): Promise<void>
}

export interface SessionListener {
  heard(topic: string): void
  /** The connection is lost. */
  lost(error: unknown): void
}

/** A pool of `pg`, or a PGlite: what the engine needs of both. */
export interface Store {
  /** Runs one statement. If the signal aborts before its turn has come, it is not run. */
  query(text: string, values: unknown[], signal: AbortSignal): Promise<readonly SqlRow[]>
  /** Runs statements ahead of all queries that wait. */
  prepare(work: (connection: Connection) => Promise<void>, signal: AbortSignal): Promise<void>
  /** Opens a session ahead of all queries that wait. If the signal aborts, even later, the session closes. */
  openSession(channel: string, listener: SessionListener, signal: AbortSignal): Promise<Session>
  close(): void
}

/**
 * A pool of `pg`.
 *
 * The session is a connection that is taken from the pool for good, and not a client of our own: the pool knows how to make one,
 * whatever its options, and its owner sees in its counts that it is used.
 *
 * A pool has no way to leave its queue. So queries wait here, where they leave it when they time out, and only as many as the pool has
 * connections are in its queue.
 */
export class PoolStore implements Store {
  readonly #pool: PostgresPool
  /** 0 sets no timer. */
  readonly #timeoutMs: number
  readonly #queries: Turns
  /** Of more than one at once, since one may wait for a connection that never opens. */
  readonly #preparations: Turns

  constructor(pool: PostgresPool, timeoutMs: number) {
    this.#pool = pool
    this.#timeoutMs = timeoutMs === Number.POSITIVE_INFINITY ? 0 : timerMs(timeoutMs)
    this.#queries = new Turns(pool.options.max)
    this.#preparations = new Turns(pool.options.max)
    // A pool without a listener ends the process if an idle connection is lost. The next query finds out.
    pool.on('error', ignore)
  }

  query(text: string, values: unknown[], signal: AbortSignal): Promise<readonly SqlRow[]> {
    return this.#queries.run(signal, () =>
      this.#use(signal, (client) => this.#connectionOf(client).query(text, values)),
    )
  }

  prepare(work: (connection: Connection) => Promise<void>, signal: AbortSignal): Promise<void> {
    return this.#preparations.run(signal, () =>
      this.#use(signal, (client) => work(this.#connectionOf(client))),
    )
  }

  openSession(channel: string, listener: SessionListener, signal: AbortSignal): Promise<Session> {
    return this.#preparations.run(signal, async () =>
      this.#listen(await this.#connect(signal), channel, listener, signal),
    )
  }

  close(): void {
    this.#pool.removeListener('error', ignore)
  }

  async #connect(signal: AbortSignal): Promise<PostgresClient> {
    const client = await this.#pool.connect()
    if (signal.aborted) client.release()
    signal.throwIfAborted()
    return client
  }

  async #use<T>(signal: AbortSignal, work: (client: PostgresClient) => Promise<T>): Promise<T> {
    const client = await this.#connect(signal)
    // The query rejects too.
    client.on('error', ignore)
    let isBroken = true
    try {
      const answer = await work(client)
      isBroken = false
      return answer
    } finally {
      // After a time-out the connection may be half-open: it must not be used again.
      client.release(isBroken)
      client.removeListener('error', ignore)
    }
  }

  async #listen(
    client: PostgresClient,
    channel: string,
    listener: SessionListener,
    signal: AbortSignal,
  ): Promise<Session> {
    const { query } = this.#connectionOf(client)
    let isOpen = true
    const close = async () => {
      if (!isOpen) return
      isOpen = false
      client.release(true)
    }
    client.on('error', (error) => {
      if (isOpen) listener.lost(error)
    })
    client.on('notification', ({ payload = '' }) => {
      if (isOpen) listener.heard(payload)
    })
    onAbort(signal, () => quiet(close()))
    try {
      await query(`listen ${channel}`, [])
    } catch (error) {
      await close()
      throw error
    }
    return { query, close }
  }

  #connectionOf(client: PostgresClient): Connection {
    const query_timeout = this.#timeoutMs
    return {
      async query(text, values) {
        const { rows } = await client.query({ text, values, query_timeout })
        return rows
      },
      async run(script) {
        await client.query({ text: script, query_timeout })
      },
    }
  }
}

/** A PGlite has one connection, in this process, and a queue that cannot be left either. */
export class PGliteStore implements Store {
  readonly #db: PGliteDatabase
  readonly #queries = new Turns(1)
  readonly #connection: Connection

  constructor(db: PGliteDatabase) {
    this.#db = db
    this.#connection = {
      async query(text, values) {
        const { rows } = await db.query(text, values)
        return rows
      },
      async run(script) {
        await db.exec(script)
      },
    }
  }

  query(text: string, values: unknown[], signal: AbortSignal): Promise<readonly SqlRow[]> {
    return this.#queries.run(signal, () => this.#connection.query(text, values))
  }

  prepare(work: (connection: Connection) => Promise<void>): Promise<void> {
    return work(this.#connection)
  }

  async openSession(
    channel: string,
    listener: SessionListener,
    signal: AbortSignal,
  ): Promise<Session> {
    const close = await this.#db.listen(channel, (topic) => listener.heard(topic))
    const abort = () => quiet(close())
    if (signal.aborted) abort()
    signal.throwIfAborted()
    onAbort(signal, abort)
    return { query: this.#connection.query, close }
  }

  close(): void {}
}

const ignore = () => {}
