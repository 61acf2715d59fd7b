/** Records that were reported lately: enough that a log which is read again is not reported again, and few enough to hold. */
const maxHeld = 1_000

/** Reports each record that is invalid once, however often this process reads it. */
export class InvalidRecords {
  readonly #report: (error: unknown) => void
  /** The oldest is first. */
  readonly #reported = new Set<string>()

  constructor(report: (error: unknown) => void) {
    this.#report = report
  }

  /** @param id Names the record, over all logs. */
  found(id: string, error: unknown): void {
    if (this.#reported.has(id)) return
    this.#reported.add(id)
    const [oldest] = this.#reported
    if (this.#reported.size > maxHeld && oldest !== undefined) this.#reported.delete(oldest)
    this.#report(error)
  }
}
