import { Backoff } from '../engine/backoff.ts'
import { afterAll } from './log-tail.ts'
import { searchLog } from './search-log.ts'
import type { AppendOptions, AppendOutcome, KeepLimits } from '../engine/engine.ts'
import type { Fence, Lease } from './lease.ts'
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

/** `unknown`: it may have arrived, or may arrive later. `missing`: it has not arrived, and cannot any more. */
type Step = FencedOutcome | 'unknown' | 'missing'

/**
 * The log of a topic, for the one process that produces it. Appends exactly once, one call after another.
 *
 * An append that was not answered may have arrived, or may arrive later. So it is not sent again before two calls have succeeded after
 * it: the lease gets a new value, which refuses what is still on its way; then the log is searched for the records.
 *
 * Appends are fenced by a value after which the log was searched, never by a newer one that a renewal has set. So if the lease was free
 * for a while, the next append is refused, and the search finds what another process has appended meanwhile.
 */
export class FencedLog {
  readonly #options: FencedLogOptions
  #fence: Fence
  #epoch = ''
  /** The sequence number of the newest record that was appended here. */
  #seq = 0

  /** The lease is held. */
  constructor(options: FencedLogOptions) {
    this.#options = options
    this.#fence = options.lease.fence
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
    let step = await this.#send(records, ends)
    const backoff = new Backoff()
    for (;;) {
      if (step === 'unknown') step = await this.#recover(records)
      // At once, since the engine answers: during a pause, a short lease would expire once more.
      if (step === 'missing') step = await this.#send(records, ends)
      if (step !== 'unknown' && step !== 'missing') return step
      await backoff.wait(this.#options.over)
    }
  }

  async #send(records: readonly Uint8Array[], ends: boolean): Promise<Step> {
    const { append, keep, failed, over } = this.#options
    if (over.aborted) return 'over'
    try {
      const outcome = await append(records, { keep, ends, ifHeld: this.#fence })
      if (outcome.kind === 'not held') return 'unknown'
      if (outcome.kind === 'ended') return 'ended'
      this.#epoch = outcome.epoch
      this.#seq = outcome.seq + records.length - 1
      return 'appended'
    } catch (error) {
      failed(error)
      return 'unknown'
    }
  }

  /** Fences what may be on its way, and looks whether the records have arrived. `unknown` if one of the two fails. */
  async #recover(records: readonly Uint8Array[]): Promise<Step> {
    const { lease, read, process, failed, over } = this.#options
    if (over.aborted) return 'over'
    try {
      if (!(await lease.take())) return 'lost'
      const { fence } = lease
      const behind = { epoch: this.#epoch, seq: this.#seq }
      const found = await searchLog({ read, process, records, behind })
      if (found.kind === 'appended') {
        this.#epoch = found.epoch
        this.#seq = found.seq
      }
      this.#fence = fence
      return found.kind
    } catch (error) {
      failed(error)
      return 'unknown'
    }
  }
}
