import { epochOf } from '../topic/resume.ts'
import { EngineTestError } from './engine-test-error.ts'
import { textOfRecord } from './samples.ts'
import type { EngineListener, LogPage, LogState } from '../engine/engine.ts'

export interface HeardRecord {
  readonly epoch: string
  readonly seq: number
  readonly text: string
}

/** What a listener was told, by topic. */
export class Heard implements EngineListener {
  readonly errors: unknown[] = []
  readonly #pages = new Map<string, LogPage[]>()

  arrived(topic: string, page: LogPage): void {
    const pages = this.#pages.get(topic)
    if (pages === undefined) this.#pages.set(topic, [page])
    else pages.push(page)
  }

  failed(error: unknown): void {
    this.errors.push(error)
  }

  recovered(): void {}

  pagesOf(topic: string): readonly LogPage[] {
    return this.#pages.get(topic) ?? []
  }

  recordsOf(topic: string): readonly HeardRecord[] {
    return this.pagesOf(topic).flatMap(({ state, records }) =>
      records.map(({ seq, bytes }) => ({
        epoch: epochOf(state, seq),
        seq,
        text: textOfRecord(bytes),
      })),
    )
  }

  forget(topic: string): void {
    this.#pages.delete(topic)
  }

  /**
   * Checks that what arrived begins behind `last` of a state, in order, each record once and without holes, but for what was
   * trimmed before it could be given.
   *
   * @throws {EngineTestError}
   */
  checkAfter(topic: string, from: LogState): void {
    let epoch = epochOf(from, from.last + 1)
    let next = from.last + 1
    for (const { state, records } of this.pagesOf(topic)) {
      if (records.length === 0) {
        epoch = epochOf(state, state.last + 1)
        next = state.last + 1
      }
      for (const { seq } of records) {
        const current = epochOf(state, seq)
        // A log that nothing was appended to has no epoch yet.
        if (current !== epoch && epoch !== '') next = seq
        epoch = current
        if (seq !== next && !(seq > next && seq >= state.first && state.first > next))
          throw new EngineTestError(`records arrive: found ${seq}, wanted ${next}`)
        if (seq > state.last)
          throw new EngineTestError(
            `the state of what arrives: found the last record ${state.last}, wanted at least ${seq}`,
          )
        next = seq + 1
      }
    }
  }
}
