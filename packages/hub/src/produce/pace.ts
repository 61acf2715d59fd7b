import { deferred } from '@sluice/body/engine'
import type { KeepLimits } from '../engine/engine.ts'

export interface PaceOptions {
  readonly keep: KeepLimits
  /** The newest record of the log. */
  readonly seq: number
  /** Whether there are entries already, of another run. */
  readonly isContinued: boolean
  /** Calls `taken` once, when there are readers and all of them have taken the record. */
  readonly wait: (seq: number, taken: () => void) => void
}

/** Records from the start of a run on. */
interface Amount {
  readonly bytes: number
  readonly entries: number
}

const none: Amount = { bytes: 0, entries: 0 }

/**
 * Holds a source while its slowest reader would lose entries.
 *
 * At most half of what is kept is ahead of that reader. The other half is behind it, for clients that were cut and have less than
 * their reader took. The readers are asked when half of the half is used, so a source that is not faster than they are is not held.
 *
 * How far readers are behind another run is not known: a run that continues waits until they have taken all of it.
 */
export class Pace {
  readonly #wait: PaceOptions['wait']
  readonly #limits: Amount
  #pushed: Amount
  #appended: Amount
  /** What all readers had taken when they were asked last. */
  #taken = none
  #seq: number
  #isAsking = false
  /** The record that waits for room. */
  #held: { readonly bytes: number; readonly go: () => void } | undefined
  #isOver = false

  constructor({ keep, seq, isContinued, wait }: PaceOptions) {
    this.#wait = wait
    this.#seq = seq
    this.#limits = {
      bytes: Math.floor(keep.bytes / 2),
      entries: Math.max(1, Math.floor(keep.entries / 2)),
    }
    this.#pushed = isContinued ? this.#limits : none
    this.#appended = this.#pushed
  }

  /** Makes room for a record. A promise if it has to wait; only one may. */
  room(bytes: number): Promise<void> | undefined {
    if (this.#isOver) return undefined
    if (this.#fits(bytes)) return this.#push(bytes)
    const { promise, resolve } = deferred<void>()
    this.#held = { bytes, go: () => resolve(undefined) }
    this.#askIfUseful()
    return promise
  }

  /** Records were appended, the last of them with this sequence number. */
  appended(seq: number, records: readonly Uint8Array[]): void {
    this.#seq = seq
    for (const { length } of records) this.#appended = plus(this.#appended, length)
    this.#askIfUseful()
  }

  /** Nothing is held any more. */
  close(): void {
    this.#isOver = true
    this.#held?.go()
    this.#held = undefined
  }

  #fits(bytes: number): boolean {
    const { entries, bytes: ahead } = minus(plus(this.#pushed, bytes), this.#taken)
    return entries === 1 || (entries <= this.#limits.entries && ahead <= this.#limits.bytes)
  }

  #push(bytes: number): undefined {
    this.#pushed = plus(this.#pushed, bytes)
  }

  #askIfUseful(): void {
    const { bytes, entries } = minus(this.#appended, this.#taken)
    if (this.#isAsking || this.#isOver || entries === 0) return
    const isHalfUsed = bytes * 2 >= this.#limits.bytes || entries * 2 >= this.#limits.entries
    if (this.#held === undefined && !isHalfUsed) return
    this.#isAsking = true
    const asked = this.#appended
    this.#wait(this.#seq, () => this.#answered(asked))
  }

  #answered(taken: Amount): void {
    this.#isAsking = false
    this.#taken = taken
    const held = this.#held
    if (held !== undefined && this.#fits(held.bytes)) {
      this.#held = undefined
      this.#push(held.bytes)
      held.go()
    }
    this.#askIfUseful()
  }
}

const plus = ({ bytes, entries }: Amount, more: number): Amount => ({
  bytes: bytes + more,
  entries: entries + 1,
})

const minus = (one: Amount, other: Amount): Amount => ({
  bytes: one.bytes - other.bytes,
  entries: one.entries - other.entries,
})
