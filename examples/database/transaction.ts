import { HttpError } from '@sluice/stack'
import type { Connection, Row } from './store.ts'
import type { Turns } from './turns.ts'

/**
 * A transaction: one long turn. It is rolled back unless it is committed, and after `timeoutMs` without waiting for anybody: those in
 * the queue must not wait for a client that stalls.
 */
export class Transaction {
  readonly #turns: Turns
  readonly #connection: Connection
  readonly #late = new AbortController()
  readonly #timer: ReturnType<typeof setTimeout>
  #last: Promise<unknown> = Promise.resolve()
  #isOver = false

  /** Waits for its turn, unless the signal aborts. */
  static async begin(turns: Turns, timeoutMs: number, signal: AbortSignal): Promise<Transaction> {
    turns.enter()
    const connection = await turns.take(signal).catch((error) => {
      turns.leave()
      throw error
    })
    const transaction = new Transaction(turns, connection, timeoutMs)
    try {
      await transaction.query('begin')
      return transaction
    } catch (error) {
      await transaction.rollBack()
      throw error
    }
  }

  private constructor(turns: Turns, connection: Connection, timeoutMs: number) {
    this.#turns = turns
    this.#connection = connection
    this.#timer = setTimeout(() => {
      const message = `Cannot go on: the transaction took more than ${timeoutMs} ms`
      this.#late.abort(new HttpError('TRANSACTION_TIMEOUT', message, { status: 408 }))
      this.rollBack()
    }, timeoutMs)
  }

  /** Aborts when the transaction has taken too long. */
  get signal(): AbortSignal {
    return this.#late.signal
  }

  query(sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    this.signal.throwIfAborted()
    const rows = this.#connection.query(sql, values)
    this.#last = rows.catch(() => {})
    return rows
  }

  async commit(): Promise<void> {
    this.signal.throwIfAborted()
    await this.#end('commit')
  }

  /** Does nothing if it is over. */
  async rollBack(): Promise<void> {
    // If the connection is lost, the server has rolled back.
    await this.#end('rollback').catch(() => {})
  }

  async #end(how: 'commit' | 'rollback'): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    // The query that runs now may belong to a client that has left.
    await this.#last
    try {
      await this.#connection.query(how)
    } finally {
      this.#turns.next()
      this.#turns.leave()
    }
  }
}
