import { bufferOf } from './client.ts'
import { runScript } from './commands.ts'
import { Link } from './link.ts'
import { lookOf, outcomeOf, pageOf, textOrNoneOf } from './replies.ts'
import { appendScript, lookScript, readScript, removeScript, swapScript } from './scripts.ts'
import { Tail } from './tail.ts'
import type {
  AppendOptions,
  AppendOutcome,
  EngineConnection,
  EngineListener,
  LogPage,
  LogState,
  ReadLimits,
  RegisterChange,
} from '../engine/engine.ts'
import type { FindClient } from './client.ts'
import type { Keys } from './keys.ts'
import type { Look } from './replies.ts'
import type { Script } from './scripts.ts'
import type { Session } from './session.ts'

/** Milliseconds for which the stream that wakes a process is kept. */
const wakeKeyMs = 60_000

/** Milliseconds for which closing waits for Redis. */
const closeMs = 500

/** One hub's use of Redis: a connection for commands, and one for the tail. */
export class OpenRedis implements EngineConnection {
  readonly #keys: Keys
  /** Names this connection: the beginning of epochs that it opens. */
  readonly #process = crypto.randomUUID().slice(0, 8)
  readonly #commands: Link
  readonly #following: Link
  readonly #tail: Tail
  readonly #wakeKey: string
  #hasWoken = false

  constructor(find: FindClient, keys: Keys, listener: EngineListener) {
    this.#keys = keys
    this.#commands = new Link(find, { connected: () => this.#following.hurry() })
    this.#following = new Link(find, {
      connected: () => this.#commands.hurry(),
      failed: (error) => this.#tail.fail(error),
    })
    this.#wakeKey = keys.wake(this.#process)
    this.#tail = new Tail(this.#following, {
      listener,
      keys: { notes: keys.notes, wake: this.#wakeKey, log: keys.log },
      read: (session, topic, after, limits) => this.#read(session, topic, after, limits),
      look: (session, topics, lastNote) => this.#look(session, topics, lastNote),
      wake: () => this.#wake(),
    })
  }

  async append(
    topic: string,
    records: readonly Uint8Array[],
    { keep, ends = false, ifHeld }: AppendOptions,
  ): Promise<AppendOutcome> {
    const keys = [this.#keys.log(topic), this.#keys.meta(topic), this.#keys.notes]
    if (ifHeld !== undefined) keys.push(this.#keys.register(ifHeld.key))
    const reply = await this.#run(appendScript, keys, [
      this.#process,
      String(keep.entries),
      String(keep.bytes),
      wholeMs(keep.ms),
      ends ? '1' : '0',
      ifHeld?.value ?? '',
      ...records.map(bufferOf),
    ])
    return outcomeOf(reply)
  }

  async read(topic: string, after: number, limits: ReadLimits): Promise<LogPage> {
    return this.#read(await this.#commands.sessionSoon(), topic, after, limits)
  }

  follow(topic: string): Promise<LogState> {
    return this.#tail.follow(topic)
  }

  unfollow(topic: string): void {
    this.#tail.unfollow(topic)
  }

  async swap(
    key: string,
    { expected, next, ttlMs = 0 }: RegisterChange,
  ): Promise<string | undefined> {
    const reply = await this.#run(
      swapScript,
      [this.#keys.register(key)],
      [
        expected === undefined ? '0' : '1',
        expected ?? '',
        next === undefined ? '0' : '1',
        next ?? '',
        wholeMs(ttlMs),
      ],
    )
    return textOrNoneOf(reply)
  }

  async remove(topic: string): Promise<void> {
    const keys = [this.#keys.log(topic), this.#keys.meta(topic), this.#keys.notes]
    await this.#run(removeScript, keys, [])
  }

  async close(): Promise<void> {
    const closed = new Error('Cannot use Redis: the hub is closed')
    this.#tail.close(closed)
    this.#following.close(closed)
    await this.#deleteWakeKey()
    this.#commands.close(closed)
  }

  async #run(
    script: Script,
    keys: readonly string[],
    args: readonly (string | Uint8Array)[],
  ): Promise<unknown> {
    return runScript(await this.#commands.sessionSoon(), script, keys, args)
  }

  async #read(
    session: Session,
    topic: string,
    after: number,
    { entries, bytes }: ReadLimits,
  ): Promise<LogPage> {
    const keys = [this.#keys.log(topic), this.#keys.meta(topic)]
    const args = [this.#process, String(after), String(entries), String(bytes)]
    return pageOf(await runScript(session, readScript, keys, args))
  }

  async #look(session: Session, topics: readonly string[], lastNote: string): Promise<Look> {
    const keys = topics.flatMap((topic) => [this.#keys.log(topic), this.#keys.meta(topic)])
    const args = [this.#process, lastNote]
    return lookOf(await runScript(session, lookScript, [this.#keys.notes, ...keys], args))
  }

  async #wake(): Promise<void> {
    const session = await this.#commands.sessionSoon()
    this.#hasWoken = true
    await Promise.all([
      session.send(['XADD', this.#wakeKey, 'MAXLEN', '1', '*', 'w', '']),
      session.send(['PEXPIRE', this.#wakeKey, String(wakeKeyMs)]),
    ])
  }

  async #deleteWakeKey(): Promise<void> {
    if (!this.#hasWoken || !this.#commands.isReady) return
    try {
      const session = await this.#commands.sessionSoon()
      await session.send(['DEL', this.#wakeKey], closeMs)
    } catch {
      // It expires.
    }
  }
}

/** A hundred years. Times may be infinite. */
const longestMs = 3_155_760_000_000

const wholeMs = (ms: number): string => String(Math.min(Math.max(1, Math.ceil(ms)), longestMs))
