import { deferred, propertyOf, quiet } from '@sluice/body/engine'
import { duplicateOf } from './client.ts'
import type { Deferred } from '@sluice/body/engine'
import type { RedisClient, RedisConnection } from './client.ts'

/** Milliseconds for connecting, and for the answer to a command. */
const answerMs = 5_000

/** One connection, which is used until it is lost. */
export class Session {
  readonly #connection: RedisConnection
  readonly #lost: Deferred<unknown> = deferred()
  #failure: { readonly error: unknown } | undefined

  constructor(client: RedisClient) {
    this.#connection = duplicateOf(client)
    this.#connection.on('error', (error) => this.drop(error))
  }

  /** Fulfils with the reason. */
  get lost(): Promise<unknown> {
    return this.#lost.promise
  }

  async connect(): Promise<void> {
    const timer = setTimeout(() => this.drop(late('connect')), answerMs)
    try {
      await Promise.race([quiet(this.#connection.connect()), this.#rejectIfLost()])
    } catch (error) {
      this.drop(error)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  async send(
    args: readonly (string | Uint8Array)[],
    timeoutMs: number = answerMs,
  ): Promise<unknown> {
    if (this.#failure !== undefined) throw this.#failure.error
    const timer = setTimeout(() => this.drop(late(String(args[0]))), timeoutMs)
    try {
      return await this.#connection.sendCommand(args)
    } catch (error) {
      // What is no master any more stays connected, and the client may find the new one.
      if (isReadOnly(error)) this.drop(error)
      throw this.#reasonOf(error)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Closes the connection. What waits for an answer rejects with this error. */
  drop(error: unknown): void {
    if (this.#failure !== undefined) return
    this.#failure = { error }
    this.#lost.resolve(error)
    try {
      this.#connection.destroy()
    } catch {
      // Version 5 throws if it is closed already.
    }
  }

  #reasonOf(error: unknown): unknown {
    return this.#failure === undefined ? error : this.#failure.error
  }

  async #rejectIfLost(): Promise<never> {
    throw await this.#lost.promise
  }
}

const late = (what: string) => new Error(`Cannot use Redis: it did not answer ${what} in time`)

const isReadOnly = (error: unknown): boolean =>
  String(propertyOf(error, 'message')).startsWith('READONLY')
