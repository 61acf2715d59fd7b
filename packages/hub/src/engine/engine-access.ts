import { callUser } from '@sluice/stack/host'
import {
  checkArrived,
  checkOutcome,
  checkPage,
  checkRegister,
  checkState,
  connectEngine,
} from './answers.ts'
import { Backoff } from './backoff.ts'
import { engineFailed, engineTimedOut } from './engine-errors.ts'
import type {
  AppendOptions,
  AppendOutcome,
  Engine,
  EngineConnection,
  EngineListener,
  LogPage,
  LogState,
  RegisterChange,
} from './engine.ts'

export interface AccessOptions {
  readonly engine: Engine
  /** Milliseconds before a call that the engine does not answer rejects. `Infinity` sets no timer. */
  readonly timeoutMs: number
  /** Aborts when the hub closes, with the reason. */
  readonly closing: AbortSignal
  readonly report: (error: unknown) => void
}

const readLimits = { entries: 256, bytes: 262_144 } as const

/** A hub's calls of its engine: bounded in time, with checked answers, errors that have codes, and one report for each outage. */
export class EngineAccess {
  readonly #options: AccessOptions
  readonly #connection: EngineConnection
  /** Ends the calls that the engine has not answered. */
  readonly #pending = new Set<(error: unknown) => void>()
  /** Waits for the engine that have failed, and go on. The outage lasts while there are any. */
  #failing = 0
  /** Whether the engine has said that following fails: one of them. */
  #isFollowingFailing = false
  /** Whether this outage was reported. */
  #isReported = false

  /** @throws {TypeError} When the engine, or its connection, is none. */
  constructor(options: AccessOptions, arrived: EngineListener['arrived']) {
    this.#options = options
    this.#connection = connectEngine(options.engine, {
      arrived: (log, page) => {
        try {
          arrived(log, checkArrived(page))
        } catch (error) {
          this.failed(error)
        }
      },
      failed: (error) => this.#followingFailed(error),
      recovered: () => this.#followingRecovered(),
    })
  }

  append(
    log: string,
    records: readonly Uint8Array[],
    options: AppendOptions,
  ): Promise<AppendOutcome> {
    return this.#ask(async () => checkOutcome(await this.#connection.append(log, records, options)))
  }

  swap(key: string, change: RegisterChange): Promise<string | undefined> {
    return this.#ask(async () => checkRegister(await this.#connection.swap(key, change)))
  }

  remove(log: string): Promise<void> {
    return this.#ask(async () => this.#connection.remove(log))
  }

  /** The state of a log, without records. */
  look(log: string): Promise<LogPage> {
    return this.#read(log, Number.MAX_SAFE_INTEGER)
  }

  /** Reads again and again until it succeeds. Rejects once the hub is closed. */
  read(log: string, after: number): Promise<LogPage> {
    return this.#insist(() => this.#read(log, after))
  }

  /**
   * Follows a log, however long that takes: if it fails, again and again while it `isWanted`. Rejects if it is not, or once the hub is
   * closed.
   */
  follow(log: string, isWanted: () => boolean): Promise<LogState> {
    return this.#insist(() => this.#follow(log), isWanted)
  }

  unfollow(log: string): void {
    if (this.#options.closing.aborted) return
    callUser(
      () => this.#connection.unfollow(log),
      (error) => this.failed(error),
    )
  }

  /** Closes the connection. Rejects if the engine fails, or does not answer in time. Calls that it has left open reject. */
  async close(): Promise<void> {
    try {
      await this.#answered(async () => this.#connection.close())
    } catch (error) {
      throw engineFailed(this.#options.engine.name, error)
    } finally {
      for (const fail of this.#pending) fail(this.#options.closing.reason)
    }
  }

  /** Reports an error of the engine that no caller gets, once for each outage. */
  failed(error: unknown): void {
    const { closing, engine, report } = this.#options
    if (this.#isReported || closing.aborted) return
    this.#isReported = true
    report(engineFailed(engine.name, error))
  }

  /** Waits for what needs the engine, but not longer than for an answer of it. */
  async atMost(run: () => Promise<unknown>): Promise<void> {
    try {
      await this.#answered(run)
    } catch (error) {
      this.failed(error)
    }
  }

  #read(log: string, after: number): Promise<LogPage> {
    return this.#ask(async () => checkPage(await this.#connection.read(log, after, readLimits)))
  }

  async #follow(log: string): Promise<LogState> {
    this.#options.closing.throwIfAborted()
    // The engine itself tries again: if it is late, that is reported, and the reader waits.
    let isLate = false
    const late = (error: unknown) => {
      isLate = true
      this.#failing++
      this.failed(error)
    }
    try {
      return await this.#answered(async () => checkState(await this.#connection.follow(log)), late)
    } finally {
      if (isLate) this.#failing--
    }
  }

  /** Asks the engine. Its errors get a code. */
  async #ask<T>(ask: () => Promise<T>): Promise<T> {
    const { closing, engine } = this.#options
    closing.throwIfAborted()
    try {
      const answer = await this.#answered(ask)
      this.#recovered()
      return answer
    } catch (cause) {
      closing.throwIfAborted()
      throw engineFailed(engine.name, cause)
    }
  }

  /** Tries until it succeeds, or is not wanted any more. Rejects once the hub is closed. */
  async #insist<T>(attempt: () => Promise<T>, isWanted = () => true): Promise<T> {
    const { closing } = this.#options
    const backoff = new Backoff()
    let hasFailed = false
    for (;;) {
      try {
        const answer = await attempt()
        if (hasFailed) this.#failing--
        this.#recovered()
        return answer
      } catch (error) {
        closing.throwIfAborted()
        if (!hasFailed) this.#failing++
        hasFailed = true
        this.failed(error)
        await backoff.wait(closing)
        closing.throwIfAborted()
        if (isWanted()) continue
        this.#failing--
        throw error
      }
    }
  }

  /** The answer of the engine. If it is late, rejects, or calls `late` and goes on waiting. */
  #answered<T>(ask: () => Promise<T>, late?: (error: unknown) => void): Promise<T> {
    const { engine, timeoutMs } = this.#options
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer)
        this.#pending.delete(fail)
      }
      const fail = (error: unknown) => {
        leave()
        reject(error)
      }
      const giveUp = late ?? fail
      const timer =
        timeoutMs === Number.POSITIVE_INFINITY
          ? undefined
          : setTimeout(() => giveUp(engineTimedOut(engine.name, timeoutMs)), timeoutMs)
      this.#pending.add(fail)
      ask().then((answer) => {
        leave()
        resolve(answer)
      }, fail)
    })
  }

  /** The outage lasts until the engine says that following goes on, though other calls of it succeed. */
  #followingFailed(error: unknown): void {
    if (!this.#isFollowingFailing) this.#failing++
    this.#isFollowingFailing = true
    this.failed(error)
  }

  #followingRecovered(): void {
    if (this.#isFollowingFailing) this.#failing--
    this.#isFollowingFailing = false
    this.#recovered()
  }

  #recovered(): void {
    if (this.#failing === 0) this.#isReported = false
  }
}
