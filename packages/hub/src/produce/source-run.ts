import { isData, isFlush, isPause } from '@sluice/body'
import {
  closeQuietly,
  deferred,
  isPromiseLike,
  loseFrame,
  settleReceipt,
  TurnSampler,
  yieldTurn,
} from '@sluice/body/engine'
import { checkedRecord } from '../topic/checked-record.ts'
import { cutReason } from '../topic/end-reason.ts'
import { endRecord } from '../topic/records.ts'
import { producedNoMore } from './produced-no-more.ts'
import { safeReason } from './safe-reason.ts'
import { isValue, openSource } from './source.ts'
import type { AnyFrame } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { Entry } from '../topic/items.ts'
import type { FencedLog, FencedOutcome } from './fenced-log.ts'
import type { Pace } from './pace.ts'
import type { ProduceSource } from './source.ts'

export interface SourceRunOptions {
  readonly topic: string
  readonly source: ProduceSource<unknown>
  readonly log: FencedLog
  readonly maxEntryBytes: number
  /** Holds the source while readers would lose entries. `undefined` if nothing does. */
  readonly pace: Pace | undefined
  /** Gets the error of a source that failed. */
  readonly report: (error: unknown) => void
}

/** How a run ended: with an end of the topic that it appended, or because it could not append. */
export type RunOutcome = 'finished' | 'failed' | Exclude<FencedOutcome, 'appended'>

/** How far a source may be ahead of the engine. What waits while an append is in flight is appended together. */
const ahead = { entries: 64, bytes: 262_144 } as const

/** One run of a source into the log: reads, appends, and ends the topic when the source ends. */
export class SourceRun {
  readonly #options: SourceRunOptions
  readonly #stopping = new AbortController()
  #source: Pull<AnyFrame> | undefined
  /** `ending`: the source has ended, and the end of the topic is appended. */
  #state: 'reading' | 'ending' | 'over' = 'reading'
  #queued: Uint8Array[] = []
  #bytes = 0
  #sending: Promise<void> | undefined
  readonly #ended = deferred<RunOutcome>()

  constructor(options: SourceRunOptions) {
    this.#options = options
  }

  /** Runs the source. Does not reject, and does not wait for a source that was stopped. */
  run(last: Entry | undefined): Promise<RunOutcome> {
    this.#start(last)
    return this.#ended.promise
  }

  /** Whether the source may still give entries. */
  get isReading(): boolean {
    return this.#state === 'reading'
  }

  /** Closes the source, whatever it waits for. Fulfils when nothing is in flight. */
  async stop(reason: unknown): Promise<void> {
    if (this.isReading) this.#leave(reason)
    await this.#sending
    this.#ended.resolve('over')
  }

  /** As `stop`, and then ends the topic. */
  async end(reason: unknown, end: Uint8Array): Promise<FencedOutcome> {
    await this.stop(reason)
    return this.#options.log.append([end], true)
  }

  async #start(last: Entry | undefined): Promise<void> {
    try {
      await this.#run(last)
    } catch (error) {
      this.#options.report(error)
      this.#ended.resolve('failed')
    }
  }

  async #run(last: Entry | undefined): Promise<void> {
    let failure: { readonly error: unknown } | undefined
    try {
      await this.#read(last)
    } catch (error) {
      failure = { error }
    }
    await this.#sending
    if (!this.isReading) return
    if (failure !== undefined) this.#options.report(failure.error)
    const how = failure === undefined ? 'finished' : 'failed'
    const reason = failure === undefined ? undefined : safeReason(failure.error)
    const end = endRecord({ how, reason: cutReason(reason, this.#options.maxEntryBytes) })
    await this.#options.pace?.room(end.length)
    if (!this.isReading) return
    this.#state = 'ending'
    const outcome = await this.#options.log.append([end], true)
    this.#ended.resolve(outcome === 'appended' ? how : outcome)
  }

  #leave(reason: unknown): void {
    this.#state = 'over'
    this.#queued = []
    this.#options.pace?.close()
    this.#stopping.abort(reason)
    if (this.#source !== undefined) closeQuietly(this.#source)
  }

  async #read(last: Entry | undefined): Promise<void> {
    const { source: given } = this.#options
    const source = await openSource(given, { signal: this.#stopping.signal, last })
    this.#source = source
    if (!this.isReading) return closeQuietly(source)
    const sampler = new TurnSampler()
    while (this.isReading) {
      const pulled = source.pull()
      const frame = isPromiseLike(pulled) ? await pulled : pulled
      if (!this.isReading) return loseFrame(frame, 'the topic is not produced any more')
      if (frame === undefined) return
      const taken = this.#takeOf(source, frame)
      if (taken !== undefined) await this.#closing(source, taken)
      if (sampler.isTurnOver()) await yieldTurn()
    }
  }

  #takeOf(source: Pull<AnyFrame>, frame: AnyFrame): PromiseLike<unknown> | undefined {
    try {
      return this.#take(frame)
    } catch (error) {
      closeQuietly(source)
      throw error
    }
  }

  async #closing(source: Pull<AnyFrame>, taken: PromiseLike<unknown>): Promise<void> {
    try {
      await taken
    } catch (error) {
      closeQuietly(source)
      throw error
    }
  }

  /** A promise if the source has to wait. */
  #take(frame: AnyFrame): PromiseLike<unknown> | undefined {
    if (isValue(frame)) return this.#push(frame.value)
    if (isData(frame)) return this.#pushBytes(frame.bytes)
    if (isPause(frame)) return frame.until
    if (isFlush(frame) && frame.sent !== undefined) return this.#flush(frame)
    loseFrame(frame, 'a topic has entries only')
    return undefined
  }

  #push(value: unknown): Promise<void> | undefined {
    const { topic, maxEntryBytes } = this.#options
    if (!this.isReading) return undefined
    let record: Uint8Array
    try {
      record = checkedRecord(topic, value, maxEntryBytes)
    } catch (error) {
      return Promise.reject(error)
    }
    const room = this.#options.pace?.room(record.length)
    return room === undefined ? this.#queue(record) : this.#queueAfter(room, record)
  }

  async #queueAfter(room: PromiseLike<void>, record: Uint8Array): Promise<void> {
    await room
    if (this.isReading) await this.#queue(record)
  }

  #queue(record: Uint8Array): Promise<void> | undefined {
    this.#queued.push(record)
    this.#bytes += record.length
    this.#sending ??= this.#send()
    const isFull = this.#queued.length >= ahead.entries || this.#bytes >= ahead.bytes
    return isFull ? this.#sending : undefined
  }

  /** Cutting does not matter to a body: large data becomes several entries. */
  async #pushBytes(bytes: Uint8Array): Promise<void> {
    const { maxEntryBytes } = this.#options
    for (let from = 0; from < bytes.length; from += maxEntryBytes)
      await this.#push(bytes.subarray(from, from + maxEntryBytes))
  }

  async #flush(frame: AnyFrame & { readonly sent?: (lost?: unknown) => void }): Promise<void> {
    await this.#sending
    if (this.isReading) settleReceipt(frame.sent)
    else loseFrame(frame, 'the topic is not produced any more')
  }

  async #send(): Promise<void> {
    while (this.#queued.length > 0) {
      const records = this.#queued
      this.#queued = []
      this.#bytes = 0
      const outcome = await this.#options.log.append(records)
      if (outcome === 'appended') this.#options.pace?.appended(this.#options.log.seq, records)
      else {
        if (this.isReading) this.#leave(producedNoMore(this.#options.topic, outcome))
        this.#ended.resolve(outcome)
      }
    }
    this.#sending = undefined
  }
}
