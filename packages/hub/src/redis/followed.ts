import type { Deferred } from '@sluice/body/engine'
import type { LogPage, LogRecord, LogState } from '../engine/engine.ts'
import type { Looked, StreamEntry } from './replies.ts'

/** A topic that the tail follows, and what the listener was given of it. */
export class Followed {
  readonly topic: string
  readonly began: Deferred<LogState>
  /** Whether XREAD may be trusted for it. */
  isSynced = false
  /** What was known at the last reading by the script, and is known since. */
  #state: LogState | undefined
  #epoch = ''
  #last = 0

  constructor(topic: string, began: Deferred<LogState>) {
    this.topic = topic
    this.began = began
  }

  get hasBegun(): boolean {
    return this.#state !== undefined
  }

  /** The sequence number of the last record that the listener was given. */
  get last(): number {
    return this.#last
  }

  begin(state: LogState): void {
    this.#setPlace(state, state.last)
    this.began.resolve(state)
  }

  /** Where to go on: in front of the next epoch, if the last record is none of the log any more. */
  placeIn({ epochs, last: newest }: LogState): number {
    const index = epochs.findIndex(({ id }) => id === this.#epoch)
    if (index < 0) return 0
    const next = epochs[index + 1]
    return Math.min(this.#last, next === undefined ? newest : next.from - 1)
  }

  /** Moves to the end of a page that was read after a place. True if the listener has to be given the page. */
  moveTo({ state, records }: LogPage, after: number): boolean {
    const isNewEpoch = (state.epochs.at(-1)?.id ?? '') !== this.#epoch
    this.#setPlace(state, records.at(-1)?.seq ?? Math.min(after, state.last))
    return records.length > 0 || isNewEpoch
  }

  /** Compares what a look has found: XREAD gives the records of the same epoch that are newer, and nothing else. */
  compare({ epoch, last }: Looked): void {
    if (epoch !== this.#epoch || last < this.#last) this.isSynced = false
  }

  /** Takes what XREAD gave, as far as each is the next record of the same epoch. If not all is, the topic is not synced any more. */
  take(entries: readonly StreamEntry[]): LogPage | undefined {
    const state = this.#state
    if (state === undefined) return undefined
    const records: LogRecord[] = []
    let { ended } = state
    for (const { id, name, value, isMarked } of entries) {
      const seq = Number.parseInt(id, 10)
      if (seq !== this.#last + 1 || name !== this.#epoch) {
        this.isSynced = false
        break
      }
      this.#last = seq
      ended = isMarked
      records.push({ seq, bytes: value })
    }
    if (records.length === 0) return undefined
    this.#state = { ...state, last: this.#last, ended }
    return { state: this.#state, records }
  }

  #setPlace(state: LogState, last: number): void {
    this.#state = state
    this.#last = last
    this.#epoch = state.epochs.findLast(({ from }) => from <= last + 1)?.id ?? ''
  }
}

/** The id of a stream after all with this first number: the second one is smaller than this. */
export const idAfter = (seq: number): string => `${seq}-18446744073709551615`
