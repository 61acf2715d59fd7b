import type { PGliteDatabase, PostgresPool, SqlRow } from './clients.ts'

/** A connection that hears notifications, and on which the followed topics are read. */
export interface Session {
  query(text: string, values: unknown[]): Promise<readonly SqlRow[]>
  close(): Promise<void>
}

export interface SessionListener {
  heard(topic: string): void
  /** The connection is lost. */
  lost(error: unknown): void
}

/** A pool of `pg`, or a PGlite: what the engine needs of both. */
export interface Store {
  query(text: string, values: unknown[]): Promise<readonly SqlRow[]>
  /** Runs several statements in one transaction. */
  run(script: string): Promise<void>
  openSession(channel: string, listener: SessionListener): Promise<Session>
  close(): void
}

/**
 * A pool of `pg`.
 *
 * The session is a connection that is taken from the pool for good, and not a client of our own: the pool knows how to make one,
 * whatever its options, and its owner sees in its counts that it is used.
 */
export class PoolStore implements Store {
  readonly #pool: PostgresPool
  readonly #timeoutMs: number

  constructor(pool: PostgresPool, timeoutMs: number) {
    this.#pool = pool
    this.#timeoutMs = timeoutMs
    // A pool without a listener ends the process if an idle connection is lost. The next query finds out.
    pool.on('error', ignore)
  }

  async query(text: string, values: unknown[]): Promise<readonly SqlRow[]> {
    const { rows } = await this.#pool.query({ text, values, query_timeout: this.#timeoutMs })
    return rows
  }

  async run(script: string): Promise<void> {
    await this.#pool.query(script)
  }

  async openSession(channel: string, listener: SessionListener): Promise<Session> {
    const client = await this.#pool.connect()
    let isOpen = true
    const close = async () => {
      if (isOpen) client.release(true)
      isOpen = false
    }
    const query = async (text: string, values: unknown[]) => {
      const { rows } = await client.query({ text, values, query_timeout: this.#timeoutMs })
      return rows
    }
    client.on('error', (error) => {
      if (isOpen) listener.lost(error)
    })
    client.on('notification', ({ payload = '' }) => {
      if (isOpen) listener.heard(payload)
    })
    try {
      await query(`listen ${channel}`, [])
    } catch (error) {
      await close()
      throw error
    }
    return { query, close }
  }

  close(): void {
    this.#pool.removeListener('error', ignore)
  }
}

/** A PGlite has one connection, in this process. */
export class PGliteStore implements Store {
  readonly #db: PGliteDatabase

  constructor(db: PGliteDatabase) {
    this.#db = db
  }

  async query(text: string, values: unknown[]): Promise<readonly SqlRow[]> {
    const { rows } = await this.#db.query(text, values)
    return rows
  }

  async run(script: string): Promise<void> {
    await this.#db.exec(script)
  }

  async openSession(channel: string, listener: SessionListener): Promise<Session> {
    const unlisten = await this.#db.listen(channel, (topic) => listener.heard(topic))
    return { query: (text, values) => this.query(text, values), close: unlisten }
  }

  close(): void {}
}

const ignore = () => {}
