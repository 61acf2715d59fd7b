import {
  checkChoice,
  checkDelay,
  checkOptions,
  checkSignal,
  fromPull,
  propertyOf,
} from '@sluice/body/engine'
import { checkProduceSource } from '../produce/source.ts'
import { checkedRecord } from './checked-record.ts'
import { checkReason } from './end-reason.ts'
import { entryId, placeOfId } from './entry-id.ts'
import { endRecord } from './records.ts'
import { epochOf } from './resume.ts'
import { TopicPull } from './topic-pull.ts'
import type { Body } from '@sluice/body'
import type { KeepLimits } from '../engine/engine.ts'
import type { TopicHost } from '../hub.ts'
import type { ProduceOutcome } from '../produce/production.ts'
import type { ProduceSource } from '../produce/source.ts'
import type { Beginning } from './beginning.ts'
import type { Item } from './items.ts'
import type { ReadPolicy } from './topic-pull.ts'

export interface ProduceOptions {
  /** Milliseconds after the last reader in any process has left before the production ends; 30,000 by default. */
  readonly graceMs?: number | undefined
  /**
   * What happens then.
   *
   * - `end`, the default: the topic ends as `stopped`, with the reason `no readers`.
   * - `rest`: the topic stays open. The next `produce` runs its source, which gets the newest entry as `last`.
   */
  readonly whenLeft?: 'end' | 'rest' | undefined
}

/** One process's part in producing a topic. */
export interface ProduceHandle {
  /**
   * How it ended. Never rejects.
   *
   * - `finished`, `stopped`, `failed`: the topic has ended so.
   * - `left`: the topic is still open, but this process no longer takes part: it has no readers, or (with `whenLeft: 'rest'`) no process
   *   has.
   * - `closed`: the hub was closed. Another process may go on.
   */
  readonly outcome: Promise<ProduceOutcome>
  /** The error of the source, if it has failed in this process. */
  readonly failure: unknown
}

export interface ReadOptions {
  /**
   * The id after which the reader begins, such as `lastEventId(request)`. An id that is invalid, or not of this topic, is a gap, and not
   * an error. Without it, the reader begins as `from` says.
   */
  readonly after?: string | undefined
  /** Without `after`: `oldest`, the default, gets all kept entries, and `now` those that are appended after the first pull. */
  readonly from?: 'oldest' | 'now' | undefined
  /** Ends the reader: its body fails with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /**
   * What happens to a reader that is so slow that the process does not hold its next entries any more.
   *
   * - `catch-up`, the default: it reads them from the engine. It misses only entries that are not kept there.
   * - `skip`: it gets a gap, and continues with the oldest entry that the process holds.
   * - `disconnect`: its body fails with `READER_SLOW`.
   */
  readonly policy?: ReadPolicy | undefined
}

export interface TopicState {
  /** The id of the oldest kept record; `undefined` if the log is empty, or was never begun. */
  readonly oldest: string | undefined
  /** The id of the newest kept record: an entry, the end if the topic has ended, or a record that `produce` made for the hub. */
  readonly newest: string | undefined
  /** Whether the topic has ended. */
  readonly ended: boolean
}

/** A bounded log with any number of readers. */
export interface Topic<T = unknown> {
  readonly name: string
  /**
   * Appends an entry. Fulfils with its id, once the engine has it.
   *
   * A value is a `Uint8Array`, or anything that `JSON.stringify` accepts: readers get what `JSON.parse` returns, such as text for a `Date`.
   * Rejects with a `TypeError` for a promise, an `Error`, a `Map`, a `Set` and other buffers: their JSON does not have what they hold.
   *
   * Entries of one process are appended in the order of the calls. If the promise rejects with `ENGINE_FAILED` or
   * `ENGINE_TIMEOUT`, it is not known whether the entry was appended.
   */
  append(value: T): Promise<string>
  /** A body of entries: first the kept ones, then new ones. Any number of readers may read, each at its own speed. */
  read(options?: ReadOptions): Body<Item<T>>
  /** What the log has now. */
  state(): Promise<TopicState>
  /**
   * Appends what the source yields. Only one process runs the source, however many call this. Call it for each request, before `read`.
   *
   * One process gets the lease, opens the source and appends what it yields. Others stand by while they have readers of the topic, and
   * at least `graceMs` from the call; if that process dies, one of them takes over within `leaseMs` and opens its own source. A
   * source that is a function gets the newest entry as `last`, to continue after it; any other starts again. In a process that takes
   * part already, the source of the call is closed unread.
   *
   * If the log is empty, the source starts from its beginning, also if the topic was produced before and `keep.ms` has passed. If a
   * client chooses the topic's name, check with `state()` that the topic was begun.
   *
   * The source runs while there are readers in any process, and `graceMs` longer; before the first reader at least `leaseMs`. When it
   * ends, the topic ends as `finished`; if it fails, as `failed`, and the error goes to `onError` of the hub. `stop`, in any process,
   * aborts its `signal` and closes it. It is read as fast as the engine takes its entries. Each is appended once, also through an
   * outage of the engine.
   *
   * The data frames of a body become entries of bytes. Its pauses are waited for, the receipts of its flushes tell that the engine has
   * what came before, and its trailers are dropped: see `durable`.
   *
   * @throws {TypeError | RangeError} At the call, when the source or an option is invalid.
   */
  produce(source: ProduceSource<T>, options?: ProduceOptions): ProduceHandle
  /**
   * Ends the topic, for all readers and producers in all processes. Does nothing if it has ended.
   *
   * @param reason Readers get it. Rejects with `ENTRY_TOO_LARGE` if it has more than `maxEntryBytes`.
   */
  stop(reason?: string): Promise<void>
  /**
   * Removes the log. Its readers get a gap, and new entries begin a new log: the topic is as if it had never been, as after `keep.ms`
   * without appends.
   */
  remove(): Promise<void>
}

const policies: readonly ReadPolicy[] = ['catch-up', 'skip', 'disconnect']
const leavings: readonly ('end' | 'rest')[] = ['end', 'rest']
const beginnings: readonly ('oldest' | 'now')[] = ['oldest', 'now']

export class HubTopic<T> implements Topic<T> {
  readonly name: string
  readonly #keep: KeepLimits
  readonly #host: TopicHost
  /** What the engine calls it. */
  readonly #log: string

  constructor(name: string, keep: KeepLimits, host: TopicHost) {
    this.name = name
    this.#keep = keep
    this.#host = host
    this.#log = `t:${name}`
  }

  async append(value: T): Promise<string> {
    const record = checkedRecord(this.name, value, this.#host.maxEntryBytes)
    return this.#host.append(this.#log, record, { keep: this.#keep })
  }

  read(options?: ReadOptions): Body<Item<T>>
  read(given: ReadOptions = {}): Body<Item> {
    checkOptions(given)
    const { after, from = 'oldest', signal, policy = 'catch-up' } = given
    checkChoice('policy', policy, policies)
    checkChoice('from', from, beginnings)
    if (signal !== undefined) checkSignal(signal)
    const beginning: Beginning =
      after === undefined ? { kind: from } : { kind: 'after', place: placeOfId(String(after)) }
    const options = { topic: this.name, beginning, policy, signal }
    const start = () => new TopicPull(() => this.#host.log(this.#log), options)
    return Object.assign(fromPull(start), { neverPauses: true })
  }

  produce(source: ProduceSource<T>, options?: ProduceOptions): ProduceHandle
  produce(source: ProduceSource<unknown>, options: ProduceOptions = {}): ProduceHandle {
    checkOptions(options)
    const { graceMs = 30_000, whenLeft = 'end' } = options
    checkProduceSource(source)
    checkChoice('whenLeft', whenLeft, leavings)
    return this.#host.producers.produce({
      topic: this.name,
      log: this.#log,
      keep: this.#keep,
      source,
      graceMs: checkDelay('graceMs', graceMs),
      whenLeft,
    })
  }

  async stop(reason?: string): Promise<void> {
    const checked = checkReason(this.name, reason, this.#host.maxEntryBytes)
    const record = endRecord({ how: 'stopped', reason: checked })
    try {
      await this.#host.append(this.#log, record, { keep: this.#keep, ends: true })
    } catch (error) {
      if (!isEnded(error)) throw error
    }
  }

  async state(): Promise<TopicState> {
    const { state } = await this.#host.look(this.#log)
    const isEmpty = state.first > state.last
    const idAt = (seq: number) =>
      isEmpty ? undefined : entryId({ epoch: epochOf(state, seq), seq })
    return { oldest: idAt(state.first), newest: idAt(state.last), ended: state.ended }
  }

  remove(): Promise<void> {
    return this.#host.remove(this.#log)
  }
}

const isEnded = (error: unknown): boolean => propertyOf(error, 'code') === 'TOPIC_ENDED'
