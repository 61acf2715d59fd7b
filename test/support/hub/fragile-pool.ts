// A pool of `pg` in front of a PGlite, whose connections can be lost at an exact moment.
import { EventEmitter } from 'node:events'
import type { PGlite } from '@electric-sql/pglite'
import type { PostgresClient, PostgresPool, SqlResult } from '@sluice/hub/postgres'

interface Asked {
  readonly text: string
  readonly values?: unknown[]
}

/** Answers a query of a client, or does something else. */
export type Answering = (
  client: FragileClient,
  text: string,
  answer: () => Promise<SqlResult>,
) => Promise<SqlResult>

/** As with `pg`, an `error` event of a client without a listener is thrown. */
export class FragileClient extends EventEmitter implements PostgresClient {
  readonly #db: PGlite
  readonly #answering: Answering
  /** What `release` was called with. */
  readonly releases: unknown[] = []

  constructor(db: PGlite, answering: Answering) {
    super()
    this.#db = db
    this.#answering = answering
  }

  query({ text, values }: Asked): Promise<SqlResult> {
    return this.#answering(this, text, async () => {
      if (values !== undefined) return this.#db.query<Record<string, unknown>>(text, values)
      await this.#db.exec(text)
      return { rows: [] }
    })
  }

  release(isBroken?: boolean): void {
    this.releases.push(isBroken)
  }
}

interface FragilePool {
  readonly pool: PostgresPool
  /** All that were given, in their order. */
  readonly clients: readonly FragileClient[]
}

/** Gives each caller a new client. */
export const fragilePool = (db: PGlite, answering: Answering): FragilePool => {
  const clients: FragileClient[] = []
  const pool: PostgresPool = Object.assign(new EventEmitter(), {
    options: { max: 2 },
    async connect() {
      const client = new FragileClient(db, answering)
      clients.push(client)
      return client
    },
  })
  return { pool, clients }
}
