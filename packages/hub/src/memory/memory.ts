import { checkCount, checkOptions } from '@sluice/body/engine'
import { idleTimer } from '../idle-timer.ts'
import { MemoryLog } from './memory-log.ts'
import { MemoryRegisters } from './memory-registers.ts'
import type {
  AppendOptions,
  AppendOutcome,
  Engine,
  EngineConnection,
  EngineListener,
  LogPage,
  LogState,
  ReadLimits,
  RegisterChange,
} from '../engine/engine.ts'

export interface MemoryOptions {
  /**
   * Bytes of all topics together, with about 650 for each topic, and of values that wait for a pause; 256 MiB by default. Over it, the
   * topics that were appended to longest ago are removed.
   */
  readonly maxBytes?: number | undefined
}

const defaultMaxBytes = 256 * 2 ** 20

/** What a topic costs besides its name and records. Bytes. */
const topicCost = 650

/** Milliseconds between two looks for what is too old. */
const sweepMs = 1_000

/**
 * An engine in the memory of this process: the default of `openHub`.
 *
 * Nothing survives the process. Several hubs may use one engine, as several processes use one store.
 *
 * @param options.maxBytes Bytes of all topics and registers, 256 MiB by default.
 * @throws {RangeError} At the call, when `maxBytes` is not a whole number of 1 or more.
 *
 * @example
 * ```ts
 * import { memory, openHub } from '@sluice/hub'
 *
 * const hub = openHub({ engine: memory({ maxBytes: 2 ** 20 }) })
 * await hub.topic('news').append('hello')
 * await hub.close()
 * ```
 */
export const memory = (options: MemoryOptions = {}): Engine => {
  checkOptions(options)
  const { maxBytes = defaultMaxBytes } = options
  const store = new MemoryStore(checkCount('maxBytes', maxBytes, 1))
  return { name: 'memory', connect: (listener) => new MemoryConnection(store, listener) }
}

/** What all connections of one engine share. */
class MemoryStore {
  readonly registers = new MemoryRegisters()
  readonly #maxBytes: number
  readonly #connections = new Set<MemoryConnection>()
  /** In the order of the last append, the oldest first. */
  readonly #logs = new Map<string, MemoryLog>()
  #bytes = 0
  #sweep: ReturnType<typeof setTimeout> | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add(connection: MemoryConnection): void {
    this.#connections.add(connection)
    this.schedule()
  }

  /** Without connections there is no timer: what is left is garbage together with the engine. */
  delete(connection: MemoryConnection): void {
    this.#connections.delete(connection)
    if (this.#connections.size > 0) return
    clearTimeout(this.#sweep)
    this.#sweep = undefined
  }

  append(topic: string, records: readonly Uint8Array[], options: AppendOptions): AppendOutcome {
    const { keep, ends = false, ifHeld } = options
    const now = performance.now()
    if (ifHeld !== undefined && this.registers.get(ifHeld.key, now) !== ifHeld.value)
      return { kind: 'not held' }
    const found = this.#logs.get(topic)
    const log = found ?? new MemoryLog(newEpoch())
    const bytesBefore = found === undefined ? -costOf(topic) : log.bytes
    const outcome = log.append(records, keep, ends, now)
    if (outcome.kind !== 'appended') return outcome
    this.#bytes += log.bytes - bytesBefore
    this.#logs.delete(topic)
    this.#logs.set(topic, log)
    this.#makeRoom()
    this.schedule()
    this.#tell(topic, log.read(outcome.seq - 1, noLimits))
    return outcome
  }

  read(topic: string, after: number, limits: ReadLimits): LogPage {
    const log = this.#logs.get(topic)
    this.#expire(topic, log, performance.now())
    return log === undefined || log.isEmpty ? emptyPage : log.read(after, limits)
  }

  remove(topic: string): void {
    const log = this.#logs.get(topic)
    if (log === undefined) return
    this.#bytes -= log.bytes + costOf(topic)
    this.#logs.delete(topic)
    this.#tell(topic, emptyPage)
  }

  swap(key: string, change: RegisterChange): string | undefined {
    const before = this.registers.swap(key, change, performance.now())
    if (change.next !== undefined) this.#makeRoom()
    this.schedule()
    return before
  }

  schedule(): void {
    if (this.#sweep !== undefined || this.#connections.size === 0) return
    if (this.#logs.size === 0 && this.registers.size === 0) return
    this.#sweep = idleTimer(() => {
      this.#sweep = undefined
      const now = performance.now()
      this.registers.expire(now)
      for (const [topic, log] of this.#logs) this.#expire(topic, log, now)
      this.schedule()
    }, sweepMs)
  }

  #expire(topic: string, log: MemoryLog | undefined, now: number): void {
    if (log === undefined) return
    const bytesBefore = log.bytes
    log.expire(now)
    this.#bytes += log.bytes - bytesBefore
    if (log.isEmpty) this.remove(topic)
  }

  /** Registers have half of the room at most, so that they do not displace all topics. The newest topic stays, whatever its size. */
  #makeRoom(): void {
    this.registers.limit(this.#maxBytes / 2)
    for (const topic of this.#logs.keys()) {
      if (this.#bytes + this.registers.bytes <= this.#maxBytes || this.#logs.size === 1) return
      this.remove(topic)
    }
  }

  #tell(topic: string, page: LogPage): void {
    for (const connection of this.#connections) connection.tell(topic, page)
  }
}

class MemoryConnection implements EngineConnection {
  readonly #store: MemoryStore
  readonly #listener: EngineListener
  readonly #followed = new Set<string>()
  #isClosed = false

  constructor(store: MemoryStore, listener: EngineListener) {
    this.#store = store
    this.#listener = listener
    store.add(this)
  }

  async append(
    topic: string,
    records: readonly Uint8Array[],
    options: AppendOptions,
  ): Promise<AppendOutcome> {
    this.#check()
    return this.#store.append(topic, records, options)
  }

  async read(topic: string, after: number, limits: ReadLimits): Promise<LogPage> {
    this.#check()
    return this.#store.read(topic, after, limits)
  }

  async follow(topic: string): Promise<LogState> {
    this.#check()
    this.#followed.add(topic)
    return this.#store.read(topic, Number.MAX_SAFE_INTEGER, noLimits).state
  }

  unfollow(topic: string): void {
    this.#followed.delete(topic)
  }

  async swap(key: string, change: RegisterChange): Promise<string | undefined> {
    this.#check()
    return this.#store.swap(key, change)
  }

  async remove(topic: string): Promise<void> {
    this.#check()
    this.#store.remove(topic)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#followed.clear()
    this.#store.delete(this)
  }

  tell(topic: string, page: LogPage): void {
    if (this.#followed.has(topic)) this.#listener.arrived(topic, page)
  }

  #check(): void {
    if (this.#isClosed) throw new Error('Cannot use the engine: its connection is closed')
  }
}

const noLimits: ReadLimits = {
  entries: Number.POSITIVE_INFINITY,
  bytes: Number.POSITIVE_INFINITY,
}

const emptyPage: LogPage = {
  state: { epochs: [], first: 1, last: 0, ended: false },
  records: [],
}

const costOf = (topic: string): number => topicCost + topic.length

const newEpoch = (): string => crypto.randomUUID().slice(0, 8)
