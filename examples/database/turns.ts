// One connection for all requests. Each waits for its turn, in order, and leaves the queue if its client leaves.
import { pause } from '@sluice/pause'
import { HttpError } from '@sluice/stack'
import type { Connect, Connection } from './store.ts'

export class Turns {
  readonly #connect: Connect
  readonly #maxRequests: number
  readonly #waiting = new Set<() => boolean>()
  #connection: Connection | undefined
  #requests = 0
  #isTaken = false

  constructor(connect: Connect, maxRequests: number) {
    this.#connect = connect
    this.#maxRequests = maxRequests
  }

  /** Lets a request in, for as many turns as it needs. Call `leave` after it, however it ends. */
  enter(): void {
    if (this.#requests === this.#maxRequests)
      throw new HttpError(
        'DATABASE_BUSY',
        `Cannot answer: ${this.#requests} others use the database`,
        {
          status: 503,
          expose: true,
          headers: { 'retry-after': '1' },
        },
      )
    this.#requests++
  }

  /** The last one gives the connection back to its pool. */
  leave(): void {
    this.#requests--
    if (this.#requests === 0) this.#drop()
  }

  /** Waits for a turn, and has the connection until `next`. Rejects if the signal aborts before. */
  async take(signal?: AbortSignal): Promise<Connection> {
    if (this.#isTaken) await this.#wait(signal)
    this.#isTaken = true
    try {
      if (this.#connection?.isLost() === true) this.#drop()
      this.#connection ??= await this.#connect()
      return this.#connection
    } catch (cause) {
      this.next()
      throw new HttpError('UNAVAILABLE', 'Cannot connect to the database', { cause })
    }
  }

  /** Ends the turn. */
  next(): void {
    this.#isTaken = false
    for (const resume of this.#waiting) {
      this.#waiting.delete(resume)
      // Not one whose client has just left.
      this.#isTaken = resume()
      if (this.#isTaken) return
    }
  }

  /** One turn. */
  async run<T>(work: (connection: Connection) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const connection = await this.take(signal)
    try {
      return await work(connection)
    } finally {
      this.next()
    }
  }

  async #wait(signal: AbortSignal | undefined): Promise<void> {
    const { resume, resumed } = pause<void>(signal === undefined ? {} : { signal })
    const go = () => resume()
    this.#waiting.add(go)
    const outcome = await resumed
    this.#waiting.delete(go)
    if (outcome.kind === 'gone') throw outcome.reason
  }

  #drop(): void {
    this.#connection?.release()
    this.#connection = undefined
  }
}
