import { sleep } from '@sluice/pause'
import { afterAll, placedOf } from './log-tail.ts'
import type { AppendOptions, AppendOutcome, KeepLimits } from '../engine/engine.ts'
import type { Lease } from './lease.ts'
import type { ReadLog } from './log-tail.ts'

export interface FencedLogOptions {
  readonly process: string
  readonly keep: KeepLimits
  readonly lease: Lease
  readonly append: (
    records: readonly Uint8Array[],
    options: AppendOptions,
  ) => Promise<AppendOutcome>
  readonly read: ReadLog
  /** Reports an error of the engine, once for each outage. */
  readonly failed: (error: unknown) => void
  /** Aborts when nothing is to be tried any more. */
  readonly over: AbortSignal
}

/** `ended`: the log had ended before. `lost`: another process produces it now. `over`: given up. */
export type FencedOutcome = 'appended' | 'ended' | 'lost' | 'over'

const retryMs = { first: 50, most: 2_000 } as const

/**
 * The log of a topic, for the one process that produces it. Appends exactly once, one call after another.
 *
 * An append that was not answered may have arrived, or may arrive later. So before it is sent again, the value of the lease is
 * changed, which refuses what is still on its way; then the log is searched for it.
 */
export class FencedLog {
  readonly #options: FencedLogOptions
  #epoch = ''
  /** The sequence number of the newest record that was appended here. */
  #seq = 0

  constructor(options: FencedLogOptions) {
    this.#options = options
  }

  get seq(): number {
    return this.#seq
  }

  /** Begins behind the newest record of the log. */
  async begin(): Promise<void> {
    const { epochs, last } = (await this.#options.read(afterAll)).state
    this.#epoch = epochs.at(-1)?.id ?? ''
    this.#seq = last
  }

  /** Appends all records or none, in their order. Does not reject. */
  async append(records: readonly Uint8Array[], ends = false): Promise<FencedOutcome> {
    let delayMs: number = retryMs.first
    while (!this.#options.over.aborted) {
      const outcome = await this.#try(records, ends)
      if (outcome?.kind === 'appended') {
        this.#epoch = outcome.epoch
        this.#seq = outcome.seq + records.length - 1
        return 'appended'
      }
      if (outcome?.kind === 'ended') return 'ended'
      const found = await this.#recover(records)
      if (found === 'appended' || found === 'lost') return found
      await this.#pause(delayMs)
      delayMs = Math.min(retryMs.most, delayMs * 2)
    }
    return 'over'
  }

  /** `undefined` if it is not known whether it was appended. */
  async #try(records: readonly Uint8Array[], ends: boolean): Promise<AppendOutcome | undefined> {
    const { append, keep, lease, failed } = this.#options
    try {
      return await append(records, { keep, ends, ifHeld: lease.fence })
    } catch (error) {
      failed(error)
      return undefined
    }
  }

  /** Fences what may be on its way, and looks whether the records have arrived. */
  async #recover(
    records: readonly Uint8Array[],
  ): Promise<'appended' | 'missing' | 'lost' | 'failed'> {
    const { lease, failed } = this.#options
    try {
      if (!(await lease.take())) return 'lost'
      return await this.#find(records)
    } catch (error) {
      failed(error)
      return 'failed'
    }
  }

  async #find(records: readonly Uint8Array[]): Promise<'appended' | 'missing' | 'lost'> {
    const { read, process } = this.#options
    const { epochs } = (await read(afterAll)).state
    const newest = epochs.at(-1)
    // After a fail-over the log may be shorter than it was.
    let after = newest === undefined || newest.id === this.#epoch ? this.#seq : newest.from - 1
    after = Math.min(after, this.#seq)
    const recent: Uint8Array[] = []
    for (;;) {
      const page = await read(after)
      for (const { control } of placedOf(page)) if (isOther(control, process)) return 'lost'
      for (const record of page.records) {
        recent.push(record.bytes)
        if (recent.length > records.length) recent.shift()
        if (!isSameRow(records, recent)) continue
        this.#epoch = newest?.id ?? ''
        this.#seq = record.seq
        return 'appended'
      }
      const last = page.records.at(-1)
      if (last === undefined) return 'missing'
      after = last.seq
    }
  }

  async #pause(ms: number): Promise<void> {
    try {
      await sleep(ms, { signal: this.#options.over })
    } catch {
      // It is over.
    }
  }
}

const isSameRow = (wanted: readonly Uint8Array[], found: readonly Uint8Array[]): boolean =>
  wanted.length === found.length && wanted.every((bytes, index) => isSame(bytes, found[index]))

const isSame = (one: Uint8Array, other: Uint8Array | undefined): boolean =>
  one.length === other?.length && one.every((byte, index) => byte === other[index])

const isOther = (control: unknown, process: string): boolean =>
  isProducing(control) && control.process !== process

/** What the process that produces appends when it begins. */
export interface Producing {
  readonly kind: 'producing'
  readonly process: string
}

export const isProducing = (control: unknown): control is Producing =>
  typeof control === 'object' &&
  control !== null &&
  'kind' in control &&
  control.kind === 'producing' &&
  'process' in control &&
  typeof control.process === 'string'
