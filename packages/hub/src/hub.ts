// One process's use of an engine.
//
// - A `Topic` names a log of the engine. It appends by an `AppendQueue`, and makes readers.
// - A `LocalLog` is what a process has of a topic that it reads: it is followed, and its newest records are in a `Window`.
// - A `TopicPull` is one reader: a position in the log.
//
// So each topic is followed once by a process, however many readers it has there. A slow reader does not hold back the engine or other
// readers: it is a position that the window has passed.
import {
  checkCallback,
  checkCount,
  checkDelay,
  checkInterval,
  checkOptions,
} from '@sluice/body/engine'
import { giveToOnError, printError } from '@sluice/stack/host'
import { HeldRegisters } from './control/held-registers.ts'
import { Mailbox } from './control/mailbox.ts'
import { checkEngine } from './engine/check-engine.ts'
import { EngineAccess } from './engine/engine-access.ts'
import { hubError } from './errors.ts'
import { memory } from './memory/memory.ts'
import { Pauses } from './pause/pauses.ts'
import { Producers } from './produce/producers.ts'
import { AppendQueue } from './topic/append-queue.ts'
import { InvalidRecords } from './topic/invalid-records.ts'
import { LocalLog } from './topic/local-log.ts'
import { HubTopic } from './topic/topic.ts'
import { checkName } from './topic/topic-name.ts'
import type { WaitOptions } from '@sluice/pause'
import type { AppendOptions, Engine, KeepLimits, LogPage, LogState } from './engine/engine.ts'
import type { PauseHandle } from './pause/hub-pause.ts'
import type { ResumeOptions } from './pause/pauses.ts'
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
  /** Milliseconds before a call rejects that the engine does not answer; 5,000 by default. With `Infinity` it waits for ever. */
  readonly engineTimeoutMs?: number | undefined
  /** If a process dies, its leases and pauses expire after this time. Milliseconds, not `Infinity`; 10,000 by default. */
  readonly leaseMs?: number | undefined
  /** Gets errors that no call can report, such as an unreachable engine, once per outage. Prints them by default. */
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
  /**
   * A pause as `pause()` of `@sluice/pause` makes it, that `resume` with the same key ends from any process.
   *
   * A resume before the pause is not lost: its value is kept for `keepMs`. The outcome is `gone` if the signal aborted, the hub was
   * closed, or a later pause used the same key: the latest pause wins. If the engine cannot be reached, it tries again until it
   * times out.
   *
   * @param key A text as a topic's name.
   * @param options.timeoutMs Milliseconds from the call; none by default.
   * @throws {BodyError} `TOPIC_INVALID`, at the call, when the key is invalid.
   */
  pause<T = void>(key: string, options?: WaitOptions): PauseHandle<T>
  /**
   * Ends the pause with this key, in any process. Fulfils with `true` if a pause was waiting; if a process dies, this may be `true`
   * for its pauses for up to `leaseMs`. Otherwise fulfils with `false`: the value is kept for `keepMs`, for a pause that begins later,
   * or it is dropped, because another value was first or `keepMs` is 0.
   *
   * @param value Anything that `JSON.stringify` accepts, or `undefined`.
   */
  resume(key: string, value?: unknown, options?: ResumeOptions): Promise<boolean>
  /**
   * Closes the connections. Open readers fail with `HUB_CLOSED`, or `reason`. The logs stay in the engine.
   *
   * Rejects with `ENGINE_FAILED` if the engine cannot close, and with `ENGINE_TIMEOUT` if that takes more than `engineTimeoutMs`.
   */
  close(reason?: unknown): Promise<void>
}

/** What a topic asks of its hub. */
export interface TopicHost {
  readonly maxEntryBytes: number
  readonly producers: Producers
  append(log: string, record: Uint8Array, options: AppendOptions): Promise<string>
  log(name: string): LocalLog
  /** The state of a log. Rejects if the engine cannot be asked. */
  look(log: string): Promise<LogPage>
  remove(log: string): Promise<void>
}

const defaultKeep: KeepLimits = { entries: 10_000, bytes: 16 * 2 ** 20, ms: 3_600_000 }

/**
 * Opens a hub: topics with a log, which readers resume after a cut.
 *
 * Returns before the engine is connected: calls before that wait or reject. Close the hub: a connection to a database keeps the
 * process alive.
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
export const openHub = (options: HubOptions = {}): Hub => {
  checkOptions(options)
  return new OpenHub(options)
}

class OpenHub implements Hub, TopicHost, LogHost {
  readonly id: string = crypto.randomUUID()
  readonly maxEntryBytes: number
  readonly windowLimits: WindowLimits
  readonly producers: Producers
  readonly #engine: EngineAccess
  readonly #onError: (error: unknown) => void
  readonly #logs = new Map<string, LocalLog>()
  readonly #queues = new Map<string, AppendQueue>()
  readonly #closing = new AbortController()
  readonly #registers: HeldRegisters
  readonly #mailbox: Mailbox
  readonly #invalidRecords = new InvalidRecords((error) => this.report(error))
  readonly #pauses: Pauses
  #closed: Promise<void> | undefined

  constructor({
    engine = memory(),
    maxEntryBytes = 2 ** 20,
    windowBytes = 2 ** 20,
    engineTimeoutMs = 5_000,
    leaseMs = 10_000,
    onError = printError,
  }: HubOptions) {
    this.maxEntryBytes = checkCount('maxEntryBytes', maxEntryBytes, 1)
    this.windowLimits = { entries: 10_000, bytes: checkCount('windowBytes', windowBytes, 1) }
    checkCallback('onError', onError)
    checkEngine(engine)
    this.#onError = onError
    this.#engine = new EngineAccess(
      {
        engine,
        timeoutMs: checkInterval('engineTimeoutMs', engineTimeoutMs),
        closing: this.#closing.signal,
        report: (error) => this.report(error),
      },
      (log, page) => this.#logs.get(log)?.arrived(page),
    )
    this.#registers = new HeldRegisters({
      leaseMs: checkLease(leaseMs),
      swap: (key, change) => this.#engine.swap(key, change),
      report: (error) => this.#engine.failed(error),
    })
    this.#mailbox = new Mailbox(this)
    this.#pauses = new Pauses({
      id: this.id,
      maxEntryBytes,
      registers: this.#registers,
      mailbox: this.#mailbox,
      closing: this.#closing.signal,
      swap: (key, change) => this.#engine.swap(key, change),
      failed: (error) => this.#engine.failed(error),
    })
    this.producers = new Producers({
      id: this.id,
      maxEntryBytes,
      registers: this.#registers,
      mailbox: this.#mailbox,
      log: (name) => this.log(name),
      append: (log, records, options) => this.#engine.append(log, records, options),
      read: (log, after) => this.read(log, after),
      look: (key) => this.#engine.swap(key, { expected: undefined, next: undefined }),
      closing: this.#closing.signal,
      failed: (error) => this.#engine.failed(error),
      report: (error) => this.report(error),
    })
  }

  topic<T = unknown>(name: string, options: TopicOptions = {}): Topic<T> {
    checkOptions(options)
    const { keep = {} } = options
    checkOptions(keep)
    const { entries = defaultKeep.entries, bytes = defaultKeep.bytes, ms = defaultKeep.ms } = keep
    checkCount('keep.entries', entries, 1)
    checkCount('keep.bytes', bytes, 1)
    checkInterval('keep.ms', ms)
    return new HubTopic<T>(checkName('topic', name), { entries, bytes, ms }, this)
  }

  pause<T = void>(key: string, options?: WaitOptions): PauseHandle<T>
  pause(key: string, options: WaitOptions = {}): PauseHandle<unknown> {
    checkOptions(options)
    return this.#pauses.pause(key, options)
  }

  async resume(key: string, value?: unknown, options: ResumeOptions = {}): Promise<boolean> {
    checkOptions(options)
    const { keepMs = 10_000 } = options
    return this.#pauses.resume(key, value, checkDelay('keepMs', keepMs))
  }

  async append(log: string, record: Uint8Array, options: AppendOptions): Promise<string> {
    this.#closing.signal.throwIfAborted()
    return this.#queueOf(log).add(record, options)
  }

  log(name: string): LocalLog {
    const found = this.#logs.get(name)
    if (found !== undefined) return found
    const log = new LocalLog(name, this)
    this.#logs.set(name, log)
    return log
  }

  look(log: string): Promise<LogPage> {
    return this.#engine.look(log)
  }

  remove(log: string): Promise<void> {
    return this.#engine.remove(log)
  }

  read(log: string, after: number): Promise<LogPage> {
    return this.#engine.read(log, after)
  }

  follow(log: string, isWanted: () => boolean): Promise<LogState> {
    return this.#engine.follow(log, isWanted)
  }

  unfollow(log: string): void {
    this.#engine.unfollow(log)
  }

  report(error: unknown): void {
    giveToOnError(() => this.#onError(error), error)
  }

  invalidRecord(id: string, error: unknown): void {
    this.#invalidRecords.found(id, error)
  }

  attended(log: LocalLog): void {
    this.producers.attended(log)
  }

  deserted(log: LocalLog): void {
    this.producers.deserted(log)
  }

  unused({ name }: LocalLog): void {
    this.#logs.delete(name)
  }

  close(reason: unknown = hubClosed()): Promise<void> {
    this.#closed ??= this.#close(reason)
    return this.#closed
  }

  async #close(reason: unknown): Promise<void> {
    // At once, however long the engine takes.
    for (const log of this.#logs.values()) log.fail(reason)
    // While the engine can still be asked.
    await this.#engine.atMost(() =>
      Promise.all([this.#pauses.close(reason), this.producers.close()]),
    )
    await this.#engine.atMost(() => Promise.all([this.#registers.close(), this.#mailbox.close()]))
    this.#closing.abort(reason)
    for (const log of this.#logs.values()) log.fail(reason)
    this.#logs.clear()
    await this.#engine.close()
  }

  #queueOf(log: string): AppendQueue {
    const found = this.#queues.get(log)
    if (found !== undefined) return found
    const queue = new AppendQueue(log.slice(2), {
      append: (records, options) => this.#engine.append(log, records, options),
      idle: () => this.#queues.delete(log),
    })
    this.#queues.set(log, queue)
    return queue
  }
}

/** Others have to find out that a process has died. */
const checkLease = (leaseMs: number): number => {
  if (leaseMs !== Number.POSITIVE_INFINITY) return checkInterval('leaseMs', leaseMs)
  throw new RangeError('Cannot use leaseMs: found Infinity, wanted a time after which leases end')
}

const hubClosed = () => hubError('HUB_CLOSED', 'Cannot use the hub: it is closed')
