// One process's use of an engine.
//
// - A `Topic` names a log of the engine. It appends by an `AppendQueue`, and makes readers.
// - A `LocalLog` is what a process has of a topic that it reads: it is followed, and its newest records are in a `Window`.
// - A `TopicPull` is one reading: a place in the log.
//
// So each topic is followed once by a process, however many readers it has there. A slow reader does not hold back the engine or other
// readers: it is a place that the window has passed.
import { checkCallback, checkCount, checkInterval } from '@sluice/body/engine'
import { sleep } from '@sluice/pause'
import { printError } from '@sluice/stack/host'
import { hubError } from './errors.ts'
import { memory } from './memory/memory.ts'
import { AppendQueue } from './topic/append-queue.ts'
import { LocalLog } from './topic/local-log.ts'
import { HubTopic } from './topic/topic.ts'
import { checkName } from './topic/topic-name.ts'
import type {
  AppendOptions,
  AppendOutcome,
  Engine,
  EngineConnection,
  KeepLimits,
  LogPage,
  LogState,
} from './engine/engine.ts'
import type { LogHost } from './topic/local-log.ts'
import type { Topic } from './topic/topic.ts'
import type { WindowLimits } from './topic/window.ts'

export interface HubOptions {
  /** Where the logs are; `memory()` by default. */
  readonly engine?: Engine | undefined
  /** Bytes of one entry, as bytes or as JSON; 1 MiB by default. */
  readonly maxEntryBytes?: number | undefined
  /** Bytes of the newest entries that this process holds for each topic that it reads; 1 MiB by default. */
  readonly windowBytes?: number | undefined
  /** Milliseconds before an append that the engine does not answer rejects; 5,000 by default. */
  readonly appendTimeoutMs?: number | undefined
  /** Milliseconds after which what a process held is free, if the process has died; 10,000 by default. */
  readonly leaseMs?: number | undefined
  /** Gets errors that no caller gets: the engine cannot be reached. Once for each outage. Prints them by default. */
  readonly onError?: ((error: unknown) => void) | undefined
}

export interface TopicOptions {
  /** How much of the log is kept. */
  readonly keep?:
    | {
        /** 10,000 by default. */
        readonly entries?: number | undefined
        /** 16 MiB by default. */
        readonly bytes?: number | undefined
        /** Milliseconds; an hour by default. */
        readonly ms?: number | undefined
      }
    | undefined
}

export interface Hub {
  /**
   * A topic. The call reads and writes nothing.
   *
   * @throws {BodyError} `TOPIC_INVALID`, at the call: the name is empty, has more than 512 bytes, a NUL or a lone surrogate.
   */
  topic<T = unknown>(name: string, options?: TopicOptions): Topic<T>
  /** Closes the hub: its readers fail with `HUB_CLOSED`, or `reason`. The logs stay in the engine. */
  close(reason?: unknown): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** What a topic asks of its hub. */
export interface TopicHost {
  readonly maxEntryBytes: number
  append(log: string, record: Uint8Array, options: AppendOptions): Promise<string>
  log(name: string): LocalLog
  remove(log: string): Promise<void>
}

const defaultKeep: KeepLimits = { entries: 10_000, bytes: 16 * 2 ** 20, ms: 3_600_000 }

/**
 * Opens a hub: topics with a log behind them, which readers resume after a cut.
 *
 * Does not wait for the engine: what is called before it can be reached waits or rejects. Close it, or its engine keeps the process
 * alive.
 *
 * @throws {RangeError | TypeError} At the call, when an option is invalid.
 *
 * @example
 * ```ts
 * import { openHub } from '@sluice/hub'
 *
 * const hub = openHub()
 * const topic = hub.topic<string>('news')
 * const first = await topic.append('one')
 * await topic.append('two')
 * await topic.stop()
 * const read = []
 * for await (const item of topic.read({ after: first })) read.push(item.kind === 'entry' ? item.value : item.kind)
 * if (read.join() !== 'two,end') throw new Error('not resumed')
 * await hub.close()
 * ```
 */
export const openHub = (options: HubOptions = {}): Hub => new OpenHub(options)

/** Milliseconds between two tries to read from an engine: doubled after each. */
const retryMs = { first: 50, most: 2_000 } as const

const readLimits = { entries: 256, bytes: 262_144 } as const

class OpenHub implements Hub, TopicHost, LogHost {
  readonly maxEntryBytes: number
  readonly windowLimits: WindowLimits
  readonly #engine: Engine
  readonly #connection: EngineConnection
  readonly #appendTimeoutMs: number
  readonly #onError: (error: unknown) => void
  readonly #logs = new Map<string, LocalLog>()
  readonly #queues = new Map<string, AppendQueue>()
  readonly #closing = new AbortController()
  #isFailing = false
  #closed: Promise<void> | undefined

  constructor({
    engine = memory(),
    maxEntryBytes = 2 ** 20,
    windowBytes = 2 ** 20,
    appendTimeoutMs = 5_000,
    leaseMs = 10_000,
    onError = printError,
  }: HubOptions) {
    this.maxEntryBytes = checkCount('maxEntryBytes', maxEntryBytes, 1)
    this.windowLimits = { entries: 10_000, bytes: checkCount('windowBytes', windowBytes, 1) }
    this.#appendTimeoutMs = checkInterval('appendTimeoutMs', appendTimeoutMs)
    checkInterval('leaseMs', leaseMs)
    checkCallback('onError', onError)
    this.#onError = onError
    this.#engine = engine
    this.#connection = engine.connect({
      arrived: (log, page) => this.#logs.get(log)?.arrived(page),
      failed: (error) => this.#engineFailed(error),
      recovered: () => this.#recovered(),
    })
  }

  topic<T = unknown>(name: string, { keep = {} }: TopicOptions = {}): Topic<T> {
    const { entries = defaultKeep.entries, bytes = defaultKeep.bytes, ms = defaultKeep.ms } = keep
    checkCount('keep.entries', entries, 1)
    checkCount('keep.bytes', bytes, 1)
    checkInterval('keep.ms', ms)
    return new HubTopic<T>(checkName('topic', name), { entries, bytes, ms }, this)
  }

  async append(log: string, record: Uint8Array, options: AppendOptions): Promise<string> {
    this.#checkOpen()
    return this.#queueOf(log).add(record, options)
  }

  log(name: string): LocalLog {
    const found = this.#logs.get(name)
    if (found !== undefined) return found
    const log = new LocalLog(name, this)
    this.#logs.set(name, log)
    return log
  }

  async remove(log: string): Promise<void> {
    this.#checkOpen()
    await this.#asked(() => this.#connection.remove(log))
  }

  async read(log: string, after: number): Promise<LogPage> {
    for (let delayMs: number = retryMs.first; ; delayMs = Math.min(retryMs.most, delayMs * 2)) {
      this.#checkOpen()
      try {
        const page = await this.#connection.read(log, after, readLimits)
        this.#recovered()
        return page
      } catch (error) {
        this.#checkOpen()
        this.#engineFailed(error)
        await sleep(delayMs, { signal: this.#closing.signal })
      }
    }
  }

  async follow(log: string): Promise<LogState> {
    this.#checkOpen()
    return this.#connection.follow(log)
  }

  unfollow(log: string): void {
    if (this.#closed === undefined) this.#connection.unfollow(log)
  }

  report(error: unknown): void {
    this.#onError(error)
  }

  unused({ name }: LocalLog): void {
    this.#logs.delete(name)
  }

  close(reason: unknown = hubClosed()): Promise<void> {
    this.#closed ??= this.#close(reason)
    return this.#closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(reason: unknown): Promise<void> {
    this.#closing.abort(reason)
    for (const log of this.#logs.values()) log.fail(reason)
    this.#logs.clear()
    await this.#connection.close()
  }

  #queueOf(log: string): AppendQueue {
    const found = this.#queues.get(log)
    if (found !== undefined) return found
    const queue = new AppendQueue(log.slice(2), {
      append: (records, options) => this.#appendInTime(log, records, options),
      idle: () => this.#queues.delete(log),
    })
    this.#queues.set(log, queue)
    return queue
  }

  async #appendInTime(
    log: string,
    records: readonly Uint8Array[],
    options: AppendOptions,
  ): Promise<AppendOutcome> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#timedOut()), this.#appendTimeoutMs)
    })
    try {
      return await this.#asked(() =>
        Promise.race([this.#connection.append(log, records, options), tooLate]),
      )
    } finally {
      clearTimeout(timer)
    }
  }

  /** Asks the engine; its errors get a code. */
  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask()
      this.#recovered()
      return answer
    } catch (cause) {
      this.#checkOpen()
      throw isTimeout(cause) ? cause : engineFailed(this.#engine.name, cause)
    }
  }

  #engineFailed(error: unknown): void {
    if (this.#isFailing || this.#closed !== undefined) return
    this.#isFailing = true
    this.report(engineFailed(this.#engine.name, error))
  }

  #recovered(): void {
    this.#isFailing = false
  }

  #timedOut() {
    return hubError(
      'ENGINE_TIMEOUT',
      `Cannot append: the engine ${this.#engine.name} did not answer within ${this.#appendTimeoutMs} ms`,
    )
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw this.#closing.signal.reason
  }
}

const hubClosed = () => hubError('HUB_CLOSED', 'Cannot use the hub: it is closed')

const engineFailed = (name: string, cause: unknown) =>
  hubError('ENGINE_FAILED', `Cannot use the engine ${name}: ${messageOf(cause)}`, { cause })

const messageOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error && error.message !== ''
    ? String(error.message)
    : String(error)

const isTimeout = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENGINE_TIMEOUT'
