import { sleep } from '@sluice/pause'
import { hubError } from '../errors.ts'
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
  /** Milliseconds before a call that the engine does not answer rejects. */
  readonly timeoutMs: number
  /** Aborts when the hub closes, with the reason. */
  readonly closing: AbortSignal
  readonly report: (error: unknown) => void
}

/** Milliseconds between two tries to read from an engine: doubled after each. */
const retryMs = { first: 50, most: 2_000 } as const

const readLimits = { entries: 256, bytes: 262_144 } as const

/** A hub's calls of its engine: bounded in time, with errors that have codes, and one report for each outage. */
export class EngineAccess {
  readonly #options: AccessOptions
  readonly #connection: EngineConnection
  #isFailing = false

  constructor(options: AccessOptions, arrived: EngineListener['arrived']) {
    this.#options = options
    this.#connection = options.engine.connect({
      arrived,
      failed: (error) => this.failed(error),
      recovered: () => this.#recovered(),
    })
  }

  append(
    log: string,
    records: readonly Uint8Array[],
    options: AppendOptions,
  ): Promise<AppendOutcome> {
    return this.#ask(() => this.#connection.append(log, records, options))
  }

  swap(key: string, change: RegisterChange): Promise<string | undefined> {
    return this.#ask(() => this.#connection.swap(key, change))
  }

  remove(log: string): Promise<void> {
    return this.#ask(() => this.#connection.remove(log))
  }

  /** The state of a log, without records. */
  look(log: string): Promise<LogPage> {
    return this.#ask(() => this.#connection.read(log, Number.MAX_SAFE_INTEGER, readLimits))
  }

  /** Reads again and again until it succeeds. Rejects once the hub is closed. */
  async read(log: string, after: number): Promise<LogPage> {
    const { closing } = this.#options
    for (let delayMs: number = retryMs.first; ; delayMs = Math.min(retryMs.most, delayMs * 2)) {
      try {
        return await this.#ask(() => this.#connection.read(log, after, readLimits))
      } catch (error) {
        closing.throwIfAborted()
        this.failed(error)
        await sleep(delayMs, { signal: closing })
      }
    }
  }

  /** Does not reject before the hub is closed. */
  async follow(log: string): Promise<LogState> {
    const { closing } = this.#options
    closing.throwIfAborted()
    try {
      return await this.#connection.follow(log)
    } catch (error) {
      closing.throwIfAborted()
      throw engineFailed(this.#options.engine.name, error)
    }
  }

  unfollow(log: string): void {
    if (!this.#options.closing.aborted) this.#connection.unfollow(log)
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  /** Asks the engine. Its errors get a code. */
  async #ask<T>(ask: () => Promise<T>): Promise<T> {
    const { closing, engine, timeoutMs } = this.#options
    closing.throwIfAborted()
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(timedOut(engine.name, timeoutMs)), timeoutMs)
    })
    try {
      const answer = await Promise.race([ask(), late])
      this.#recovered()
      return answer
    } catch (cause) {
      closing.throwIfAborted()
      throw isTimeout(cause) ? cause : engineFailed(engine.name, cause)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Reports an error of the engine that no caller gets, once for each outage. */
  failed(error: unknown): void {
    const { closing, engine, report } = this.#options
    if (this.#isFailing || closing.aborted) return
    this.#isFailing = true
    report(isCoded(error) ? error : engineFailed(engine.name, error))
  }

  #recovered(): void {
    this.#isFailing = false
  }
}

const timedOut = (name: string, timeoutMs: number) =>
  hubError(
    'ENGINE_TIMEOUT',
    `Cannot use the engine ${name}: it did not answer within ${timeoutMs} ms`,
  )

const engineFailed = (name: string, cause: unknown) =>
  hubError('ENGINE_FAILED', `Cannot use the engine ${name}: ${messageOf(cause)}`, { cause })

const messageOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error && error.message !== ''
    ? String(error.message)
    : String(error)

const codeIn = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined

const isTimeout = (error: unknown): boolean => codeIn(error) === 'ENGINE_TIMEOUT'

const isCoded = (error: unknown): boolean => isTimeout(error) || codeIn(error) === 'ENGINE_FAILED'
