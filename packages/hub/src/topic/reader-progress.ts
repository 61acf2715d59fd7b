import type { LogReader } from './local-log.ts'

interface Watch {
  readonly seq: number
  readonly taken: () => void
}

/** Tells when all readers of a log in this process have taken a record. */
export class ReaderProgress {
  readonly #readers: ReadonlySet<LogReader>
  readonly #watches = new Set<Watch>()
  #awaited: number = Number.POSITIVE_INFINITY
  /** Looked at first: with many readers, most calls of `moved` change nothing. */
  #laggard: LogReader | undefined

  constructor(readers: ReadonlySet<LogReader>) {
    this.#readers = readers
  }

  /** The sequence number of the oldest record that is watched. A reader that is there, or behind it in the log, calls `moved`. */
  get awaited(): number {
    return this.#awaited
  }

  /**
   * Calls `taken` once, when there are readers and all of them have taken the record, or when the log has lost it. Perhaps at once.
   * Until then, the returned function cancels it.
   */
  watch(seq: number, taken: () => void): () => void {
    const watch = { seq, taken }
    this.#watches.add(watch)
    this.#sift()
    this.moved()
    return () => {
      if (this.#watches.delete(watch)) this.#sift()
    }
  }

  /** A reader has moved on, or has left. */
  moved(): void {
    const laggard = this.#laggard
    if (laggard !== undefined && this.#isBehind(laggard) && this.#readers.has(laggard)) return
    this.#laggard = [...this.#readers].find((reader) => this.#isBehind(reader))
    if (this.#laggard !== undefined || this.#readers.size === 0) return
    const slowest = Math.min(...[...this.#readers].map(({ seq }) => seq))
    this.#tell((watch) => watch.seq <= slowest)
  }

  /** The log ends at this record now. */
  cut(last: number): void {
    this.#tell(({ seq }) => seq > last)
  }

  #isBehind({ seq }: LogReader): boolean {
    return seq < this.#awaited
  }

  #tell(isOver: (watch: Watch) => boolean): void {
    const over = [...this.#watches].filter(isOver)
    for (const watch of over) this.#watches.delete(watch)
    this.#sift()
    for (const { taken } of over) taken()
  }

  #sift(): void {
    this.#awaited = Math.min(...[...this.#watches].map(({ seq }) => seq))
    this.#laggard = undefined
  }
}
