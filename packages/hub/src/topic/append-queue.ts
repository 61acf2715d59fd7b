import { hubError } from '../errors.ts'
import { entryId } from './entry-id.ts'
import type { AppendOptions, AppendOutcome, KeepLimits } from '../engine/engine.ts'

export interface AppendTarget {
  append(records: readonly Uint8Array[], terms: AppendOptions): Promise<AppendOutcome>
  /** Called when the queue is empty. */
  idle(): void
}

interface Queued {
  readonly record: Uint8Array
  readonly terms: AppendOptions
  readonly resolve: (id: string) => void
  readonly reject: (error: unknown) => void
}

/** Bytes and entries that wait for the engine, for each topic and process. */
const maxQueuedBytes = 4 * 2 ** 20
const maxQueuedEntries = 10_000
/** Of one append to the engine. */
const maxBatchEntries = 256
const maxBatchBytes = 2 ** 20

/** Appends the records of one topic in the order of the calls: those that wait while an append is in flight go together. */
export class AppendQueue {
  readonly #target: AppendTarget
  readonly #name: string
  #queued: Queued[] = []
  #bytes = 0
  #isRunning = false

  constructor(name: string, target: AppendTarget) {
    this.#name = name
    this.#target = target
  }

  add(record: Uint8Array, terms: AppendOptions): Promise<string> {
    if (
      this.#queued.length > 0 &&
      (this.#bytes + record.length > maxQueuedBytes || this.#queued.length >= maxQueuedEntries)
    )
      return Promise.reject(this.#tooMany())
    return new Promise((resolve, reject) => {
      this.#queued.push({ record, terms, resolve, reject })
      this.#bytes += record.length
      if (!this.#isRunning) this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#queued.length > 0) await this.#append(this.#nextBatch())
    this.#isRunning = false
    this.#target.idle()
  }

  #nextBatch(): readonly Queued[] {
    let bytes = 0
    let count = 0
    for (const { record, terms } of this.#queued) {
      const before = this.#queued[count - 1]?.terms
      if (before !== undefined && !isSame(before, terms)) break
      bytes += record.length
      if (count > 0 && (count >= maxBatchEntries || bytes > maxBatchBytes)) break
      count++
    }
    const batch = this.#queued.slice(0, count)
    this.#queued = this.#queued.slice(count)
    for (const { record } of batch) this.#bytes -= record.length
    return batch
  }

  async #append(batch: readonly Queued[]): Promise<void> {
    const terms = batch[0]?.terms
    if (terms === undefined) return
    try {
      const outcome = await this.#target.append(
        batch.map(({ record }) => record),
        terms,
      )
      this.#settle(batch, outcome)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  #settle(batch: readonly Queued[], outcome: AppendOutcome): void {
    switch (outcome.kind) {
      case 'appended':
        for (const [index, { resolve }] of batch.entries())
          resolve(entryId({ epoch: outcome.epoch, seq: outcome.seq + index }) ?? '')
        return
      case 'ended':
        for (const { reject } of batch) reject(this.#ended())
        return
      case 'not held':
        for (const { reject } of batch) reject(this.#notHeld())
    }
  }

  #tooMany() {
    return hubError(
      'APPEND_EXCESS',
      `Cannot append to the topic ${JSON.stringify(this.#name)}: found ${this.#bytes} bytes in ${this.#queued.length} appends that wait, wanted callers that await theirs`,
    )
  }

  #ended() {
    return hubError(
      'TOPIC_ENDED',
      `Cannot append to the topic ${JSON.stringify(this.#name)}: it has ended`,
    )
  }

  #notHeld() {
    return hubError(
      'LEASE_LOST',
      `Cannot append to the topic ${JSON.stringify(this.#name)}: another process produces it now`,
    )
  }
}

const isSame = (one: AppendOptions, other: AppendOptions): boolean =>
  isSameKeep(one.keep, other.keep) &&
  !one.ends &&
  !other.ends &&
  one.ifHeld?.key === other.ifHeld?.key &&
  one.ifHeld?.value === other.ifHeld?.value

/** By value: each call of `hub.topic` makes its own. */
const isSameKeep = (one: KeepLimits, other: KeepLimits): boolean =>
  one === other ||
  (one.entries === other.entries && one.bytes === other.bytes && one.ms === other.ms)
