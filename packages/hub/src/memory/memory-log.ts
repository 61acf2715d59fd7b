import type {
  AppendOutcome,
  KeepLimits,
  LogPage,
  LogRecord,
  LogState,
  ReadLimits,
} from '../engine/engine.ts'

interface Kept extends LogRecord {
  readonly at: number
}

/** One log in memory. */
export class MemoryLog {
  readonly #epoch: string
  /** The oldest is at `#head`. */
  #records: (Kept | undefined)[] = []
  #head = 0
  #last = 0
  #bytes = 0
  #ended = false
  /** Milliseconds for which records are kept, of the last append. */
  #keepMs = Number.POSITIVE_INFINITY

  constructor(epoch: string) {
    this.#epoch = epoch
  }

  get bytes(): number {
    return this.#bytes
  }

  get isEmpty(): boolean {
    return this.#head === this.#records.length
  }

  get state(): LogState {
    return {
      epochs: [{ id: this.#epoch, from: 1 }],
      first: this.#last - this.#records.length + this.#head + 1,
      last: this.#last,
      ended: this.#ended,
    }
  }

  append(
    records: readonly Uint8Array[],
    keep: KeepLimits,
    ends: boolean,
    now: number,
  ): AppendOutcome {
    if (this.#ended) return { kind: 'ended' }
    const seq = this.#last + 1
    for (const bytes of records) {
      this.#last++
      this.#bytes += bytes.length
      this.#records.push({ seq: this.#last, bytes, at: now })
    }
    this.#ended = ends
    this.#keepMs = keep.ms
    while (this.#isOver(keep)) this.#dropFirst()
    return { kind: 'appended', epoch: this.#epoch, seq }
  }

  read(after: number, limits: ReadLimits): LogPage {
    const { state } = this
    const records: LogRecord[] = []
    let bytes = 0
    const start = this.#head + Math.max(after + 1, state.first) - state.first
    for (let i = start; i < this.#records.length && records.length < limits.entries; i++) {
      const record = this.#records[i]
      if (record === undefined) break
      bytes += record.bytes.length
      if (records.length > 0 && bytes > limits.bytes) break
      records.push(record)
    }
    return { state, records }
  }

  /** Drops records that are too old. */
  expire(now: number): void {
    for (;;) {
      const oldest = this.#records[this.#head]
      if (oldest === undefined || now - oldest.at < this.#keepMs) return
      this.#dropFirst()
    }
  }

  #isOver({ entries, bytes }: KeepLimits): boolean {
    const count = this.#records.length - this.#head
    return count > 1 && (count > entries || this.#bytes > bytes)
  }

  #dropFirst(): void {
    this.#bytes -= this.#records[this.#head]?.bytes.length ?? 0
    this.#records[this.#head] = undefined
    this.#head++
    if (this.#head < 1024 || this.#head * 2 < this.#records.length) return
    this.#records = this.#records.slice(this.#head)
    this.#head = 0
  }
}
