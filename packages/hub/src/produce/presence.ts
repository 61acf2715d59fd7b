import { nothing } from '@sluice/body/engine'
import { idleTimer } from '../idle-timer.ts'
import { leaseKey, processOf } from './lease-key.ts'
import { isProducing } from './search-log.ts'
import type { Message } from '../control/mailbox.ts'
import type { LocalLog } from '../topic/local-log.ts'
import type { Placed } from '../topic/records.ts'

export interface PresenceHost {
  /** The id of this process. */
  readonly id: string
  readonly leaseMs: number
  /** Reads a register. */
  look(key: string): Promise<string | undefined>
  send(process: string, message: Message): Promise<void>
  /** Reports an error of the engine, once for each outage. */
  failed(error: unknown): void
}

/** A topic that is read in this process. */
interface Attended {
  readonly log: LocalLog
  readonly stopListening: () => void
  /** The process that produces it, if that is another one; `unknown` if the engine has not been asked, or has failed. */
  producer: string | 'unknown' | undefined
  /** The place of the last record that was heard. */
  epoch: string
  seq: number
  /** Ends the wait for a record that another process asked for. */
  unwatch: () => void
}

/**
 * Tells the processes that produce topics that these topics are read here: at once, and again three times within `leaseMs`.
 *
 * Which process produces a topic is known from its log. If the first reader comes later, the lease is read once.
 */
export class Presence {
  readonly #host: PresenceHost
  readonly #attended = new Map<string, Attended>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #isClosed = false

  constructor(host: PresenceHost) {
    this.#host = host
  }

  /** The first reader of a topic came. */
  attended(log: LocalLog): void {
    if (this.#isClosed) return
    const stopListening = log.listen((record) => this.#hear(topic, record))
    const topic: Attended = {
      log,
      stopListening,
      producer: 'unknown',
      epoch: '',
      seq: 0,
      unwatch: nothing,
    }
    this.#attended.set(log.name, topic)
    this.#begin(topic)
  }

  /** The last reader of a topic left. */
  deserted({ name }: LocalLog): void {
    const topic = this.#attended.get(name)
    if (topic === undefined) return
    this.#attended.delete(name)
    topic.stopListening()
    topic.unwatch()
    const { producer } = topic
    if (producer !== undefined && producer !== 'unknown' && !this.#isClosed)
      this.#send(producer, { kind: 'left', process: this.#host.id, log: name })
  }

  /** Tells a process when the readers here have taken a record. */
  wait(process: string, log: string, seq: number): void {
    const topic = this.#attended.get(log)
    if (topic === undefined) return
    topic.unwatch()
    topic.unwatch = topic.log.progress.watch(seq, () =>
      this.#send(process, { kind: 'taken', process: this.#host.id, log, seq: String(seq) }),
    )
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    for (const { stopListening, unwatch } of this.#attended.values()) {
      stopListening()
      unwatch()
    }
    this.#attended.clear()
  }

  async #begin(topic: Attended): Promise<void> {
    try {
      // Else a production that begins between the look and the first record would not be seen.
      await topic.log.followed()
    } catch {
      // The hub is closed.
      return
    }
    if (await this.#look(topic)) this.#tell([topic])
    this.#arm()
  }

  /** Reads the lease. Gives whether another process produces the topic. */
  async #look(topic: Attended): Promise<boolean> {
    try {
      const value = await this.#host.look(leaseKey(topic.log.name))
      topic.producer = this.#other(value === undefined ? undefined : processOf(value))
      return topic.producer !== undefined
    } catch (error) {
      this.#host.failed(error)
      topic.producer = 'unknown'
      return false
    }
  }

  #other(process: string | undefined): string | undefined {
    return process === this.#host.id ? undefined : process
  }

  #hear(topic: Attended, { control, epoch, seq }: Placed): void {
    const isMissing = topic.seq > 0 && (epoch !== topic.epoch || seq !== topic.seq + 1)
    topic.epoch = epoch
    topic.seq = seq
    if (isProducing(control)) {
      topic.producer = this.#other(control.process)
      if (topic.producer !== undefined) this.#tell([topic])
    } else if (isMissing) topic.producer = 'unknown'
    else return
    this.#arm()
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#isClosed || this.#produced().length === 0) return
    this.#timer = idleTimer(async () => {
      const topics = this.#produced()
      const found = await Promise.all(topics.map((topic) => this.#look(topic)))
      this.#tell(topics.filter((_, index) => found[index]))
      this.#timer = undefined
      this.#arm()
    }, this.#host.leaseMs / 3)
  }

  /** The topics that another process may produce. */
  #produced(): readonly Attended[] {
    return [...this.#attended.values()].filter(({ producer }) => producer !== undefined)
  }

  /** One message for each process. */
  #tell(topics: readonly Attended[]): void {
    const logs = new Map<string, string[]>()
    for (const { producer, log } of topics) {
      if (producer === undefined || !this.#attended.has(log.name)) continue
      logs.set(producer, [...(logs.get(producer) ?? []), log.name])
    }
    for (const [producer, names] of logs)
      this.#send(producer, {
        kind: 'here',
        process: this.#host.id,
        logs: JSON.stringify(names),
      })
  }

  async #send(process: string, message: Message): Promise<void> {
    try {
      await this.#host.send(process, message)
    } catch (error) {
      this.#host.failed(error)
    }
  }
}
