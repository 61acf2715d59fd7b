import { checkChoice, checkSignal, fromPull } from '@sluice/body/engine'
import { hubError } from '../errors.ts'
import { entryId, placeOfId } from './entry-id.ts'
import { endRecord, recordOf } from './records.ts'
import { epochOf } from './resume.ts'
import { TopicPull } from './topic-pull.ts'
import type { Body } from '@sluice/body'
import type { KeepLimits } from '../engine/engine.ts'
import type { TopicHost } from '../hub.ts'
import type { Item } from './items.ts'
import type { Beginning, ReadPolicy } from './topic-pull.ts'

export interface ReadOptions {
  /**
   * The id behind which the reading begins, such as `lastEventId(request)`. An id that is invalid, or not of this topic, is a gap, and not
   * an error. Without it, the reading begins as `from` says.
   */
  readonly after?: string | undefined
  /** Without `after`: `oldest`, the default, gets all that is kept, and `now` what comes after the first pull. */
  readonly from?: 'oldest' | 'now' | undefined
  /** Ends the reading: it fails with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /**
   * What happens to a reader that is so slow that the process does not hold its next entries any more.
   *
   * - `catch-up`, the default: it reads them from the engine. It loses only what is not kept there.
   * - `skip`: it gets a gap, and continues with the oldest entry that the process holds.
   * - `disconnect`: its body fails with `READER_SLOW`.
   */
  readonly policy?: ReadPolicy | undefined
}

export interface TopicState {
  /** The ids of the oldest and the newest entry that are kept; `undefined` if none is. */
  readonly oldest: string | undefined
  readonly newest: string | undefined
  /** Whether the newest is the end. */
  readonly ended: boolean
}

/** A bounded log with any number of readers. */
export interface Topic<T = unknown> {
  readonly name: string
  /**
   * Appends an entry. Fulfils with its id, once the engine has it.
   *
   * Entries of one process are appended in the order of the calls. If the promise rejects with `ENGINE_FAILED` or
   * `ENGINE_TIMEOUT`, it is not known whether the entry was appended.
   */
  append(value: T): Promise<string>
  /** A body of entries: first those that are kept, then those that come. Any number of readers may read, each at its own speed. */
  read(options?: ReadOptions): Body<Item<T>>
  /** What the log has now. */
  state(): Promise<TopicState>
  /** Ends the topic, for all readers and producers in all processes. Does nothing if it has ended. */
  stop(reason?: string): Promise<void>
  /** Removes the log. Its readers get a gap, and new entries begin a new log. */
  remove(): Promise<void>
}

const policies: readonly ReadPolicy[] = ['catch-up', 'skip', 'disconnect']
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
    const record = recordOf(value)
    const { maxEntryBytes } = this.#host
    if (record.length - 1 > maxEntryBytes)
      throw tooLarge(this.name, record.length - 1, maxEntryBytes)
    return this.#host.append(this.#log, record, { keep: this.#keep })
  }

  read(options?: ReadOptions): Body<Item<T>>
  read({ after, from = 'oldest', signal, policy = 'catch-up' }: ReadOptions = {}): Body<Item> {
    checkChoice('policy', policy, policies)
    checkChoice('from', from, beginnings)
    if (signal !== undefined) checkSignal(signal)
    const beginning: Beginning =
      after === undefined ? { kind: from } : { kind: 'after', place: placeOfId(String(after)) }
    return fromPull(() => new TopicPull(this.#host.log(this.#log), { beginning, policy, signal }))
  }

  async stop(reason?: string): Promise<void> {
    const record = endRecord({ how: 'stopped', reason })
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

const isEnded = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'TOPIC_ENDED'

const tooLarge = (topic: string, found: number, wanted: number) =>
  hubError(
    'ENTRY_TOO_LARGE',
    `Cannot append to the topic ${JSON.stringify(topic)}: found an entry of ${found} bytes, wanted at most ${wanted}`,
  )
