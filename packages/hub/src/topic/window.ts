import { epochOf } from './resume.ts'
import type { LogState } from '../engine/engine.ts'
import type { Place } from './entry-id.ts'
import type { Placed } from './records.ts'

/** How much of a followed topic a process holds for its readers. */
export interface WindowLimits {
  readonly entries: number
  readonly bytes: number
}

/**
 * The newest records of a followed topic, for all its readers in this process. They are decoded once.
 *
 * A reader is only a position in the log. It takes what comes after it, so nothing is buffered for a slow reader, and a reader that
 * is not in the window reads from the engine until it is. All records of a window are of one epoch and without a hole: after either,
 * it begins again, and readers learn from the engine what they have missed.
 */
export class Window {
  readonly #limits: WindowLimits
  #epoch: string
  /** The sequence number of `#records[#head]`. */
  #from: number
  /** The sequence number that it began with: it has lost what came between that and `#from` by its limits alone. */
  #began: number
  #head = 0
  #records: (Placed | undefined)[] = []
  #sizes: number[] = []
  #bytes = 0

  constructor(limits: WindowLimits, state: LogState) {
    this.#limits = limits
    this.#epoch = epochOf(state, state.last + 1)
    this.#from = state.last + 1
    this.#began = this.#from
  }

  /** In front of its first record. */
  get start(): Place {
    return { epoch: this.#epoch, seq: this.#from - 1 }
  }

  /** Whether nothing was ever appended, as far as is known here. */
  get isEmpty(): boolean {
    return this.#epoch === ''
  }

  get last(): number {
    return this.#from + this.#records.length - this.#head - 1
  }

  /** Whether a reader that begins at a place gets from here all that it can have, so that the engine need not be asked. */
  holds({ epoch, seq }: Place): boolean {
    const { last } = this
    if (epoch !== this.#epoch || seq + 1 < this.#from || seq > last) return false
    const newest = this.#records.at(-1)
    // The end is given again to readers that are behind it. Without a record it is not known whether the newest is the end.
    return seq < last || (newest !== undefined && newest.item?.kind !== 'end')
  }

  /** The record behind a place, or `wait` if there is none yet, or `behind` if the window has it not. */
  next(place: Place): Placed | 'wait' | 'behind' {
    const seq = place.seq + 1
    if (place.epoch !== this.#epoch && !(place.epoch === '' && seq === this.#from)) return 'behind'
    if (seq < this.#from) return 'behind'
    // A reader may be ahead of it: it has read from the engine what has not arrived here yet.
    return this.#records[this.#head + seq - this.#from] ?? 'wait'
  }

  /** Whether a reader is behind the window because it was slow, and not because the window began anew. */
  hasPassed({ epoch, seq }: Place): boolean {
    return epoch === this.#epoch && seq + 1 < this.#from && seq + 1 >= this.#began
  }

  /** Makes the window begin behind the newest record of a state. */
  reset(state: LogState): void {
    this.#begin(epochOf(state, state.last + 1), state.last + 1)
  }

  add(record: Placed, bytes: number): void {
    if (record.epoch === this.#epoch && record.seq <= this.last) return
    if (record.epoch !== this.#epoch || record.seq !== this.last + 1)
      this.#begin(record.epoch, record.seq)
    this.#records.push(record)
    this.#sizes.push(bytes)
    this.#bytes += bytes
    while (this.#isFull()) this.#dropFirst()
  }

  #begin(epoch: string, from: number): void {
    this.#epoch = epoch
    this.#from = from
    this.#began = from
    this.#head = 0
    this.#records = []
    this.#sizes = []
    this.#bytes = 0
  }

  /** The newest record stays, whatever its size: else readers that wait for it would each read it from the engine. */
  #isFull(): boolean {
    const count = this.#records.length - this.#head
    return count > 1 && (count > this.#limits.entries || this.#bytes > this.#limits.bytes)
  }

  #dropFirst(): void {
    this.#bytes -= this.#sizes[this.#head] ?? 0
    this.#records[this.#head] = undefined
    this.#head++
    this.#from++
    if (this.#head < 1024 || this.#head * 2 < this.#records.length) return
    this.#records = this.#records.slice(this.#head)
    this.#sizes = this.#sizes.slice(this.#head)
    this.#head = 0
  }
}
