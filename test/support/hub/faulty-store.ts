import { controlRecord } from '../../../packages/hub/src/topic/records.ts'
import type { AppendOptions, AppendOutcome, LogPage } from '@sluice/hub'
import type { RegisterChange } from '../../../packages/hub/src/engine/engine.ts'

/**
 * What becomes of a call. `lost`: it never happens. `unanswered`: it happens, and rejects. A number: it rejects, and happens so many
 * calls later.
 */
export type Fate = 'answered' | 'lost' | 'unanswered' | number

/** What else happens just before a call. */
export type Blow = 'nothing' | 'renewal' | 'expiry' | 'another producer'

export interface Plan {
  readonly fates: readonly Fate[]
  readonly blows: readonly Blow[]
}

const text = new TextEncoder()

/** One log and one register in memory, whose calls meet the fates of a plan, in the order in which they are asked for. */
export class FaultyStore {
  register: string | undefined
  keepEntries: number = Number.POSITIVE_INFINITY
  /** Called for a blow `renewal`. */
  renew: () => void = () => {}
  calls = 0
  readonly errors: unknown[] = []
  readonly #plan: Plan
  readonly #records: { readonly seq: number; readonly bytes: Uint8Array }[] = []
  readonly #epochs = [{ id: 'e1', from: 1 }]
  #last = 0
  #ended = false
  #late: { readonly at: number; readonly happen: () => void }[] = []

  constructor({ fates = [], blows = [] }: Partial<Plan> = {}) {
    this.#plan = { fates, blows }
  }

  get entries(): string[] {
    return this.#records.map(({ bytes }) => new TextDecoder().decode(bytes))
  }

  get last(): number {
    return this.#last
  }

  append(records: readonly Uint8Array[], options: AppendOptions): Promise<AppendOutcome> {
    return this.#meet((): AppendOutcome => {
      if (options.ifHeld !== undefined && options.ifHeld.value !== this.register)
        return { kind: 'not held' }
      if (this.#ended) return { kind: 'ended' }
      this.#ended = options.ends === true
      return { kind: 'appended', epoch: this.#epochs.at(-1)?.id ?? '', seq: this.add(records) }
    })
  }

  /** Pages of two records. */
  read(after: number): Promise<LogPage> {
    return this.#meet(() => ({
      state: {
        epochs: [...this.#epochs],
        first: this.#records[0]?.seq ?? this.#last + 1,
        last: this.#last,
        ended: this.#ended,
      },
      records: this.#records.filter(({ seq }) => seq > after).slice(0, 2),
    }))
  }

  swap(_: string, { expected, next }: RegisterChange): Promise<string | undefined> {
    return this.#meet(() => {
      const before = this.register
      if (before === expected) this.register = next
      return before
    })
  }

  /** Appends without a fence. Gives the sequence number of the first. */
  add(records: readonly Uint8Array[]): number {
    const first = this.#last + 1
    for (const bytes of records) this.#records.push({ seq: ++this.#last, bytes })
    while (this.#records.length > this.keepEntries) this.#records.shift()
    return first
  }

  /** Loses the records from this sequence number on, as a fail-over may. */
  failOver(from: number): void {
    this.#last = from - 1
    while ((this.#records.at(-1)?.seq ?? 0) >= from) this.#records.pop()
    this.#epochs.push({ id: `e${this.#epochs.length + 1}`, from })
  }

  /** What is late happens now. */
  settle(): void {
    const late = this.#late
    this.#late = []
    for (const { happen } of late) happen()
  }

  async #meet<T>(happen: () => T): Promise<T> {
    const call = this.calls++
    this.#strike(this.#plan.blows[call] ?? 'nothing')
    const due = this.#late.filter(({ at }) => at <= call)
    this.#late = this.#late.filter(({ at }) => at > call)
    for (const each of due) each.happen()
    const fate = this.#plan.fates[call] ?? 'answered'
    if (fate === 'answered') return happen()
    if (fate === 'unanswered') happen()
    else if (fate !== 'lost') this.#late.push({ at: call + fate, happen })
    // An answer takes longer than a turn.
    await new Promise((resolve) => setImmediate(resolve))
    throw new Error(`call ${call} was ${String(fate)}`)
  }

  #strike(blow: Blow): void {
    switch (blow) {
      case 'nothing':
        return
      case 'renewal':
        queueMicrotask(() => this.renew())
        return
      case 'expiry':
        this.register = undefined
        return
      case 'another producer':
        // It had the lease for a while, and has given it back.
        this.register = undefined
        this.add([controlRecord({ kind: 'producing', process: 'other' }), text.encode('other')])
    }
  }
}
