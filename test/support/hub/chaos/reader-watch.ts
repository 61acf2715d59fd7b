import type { Gap, Item } from '@sluice/hub'

/** What all readers have seen: the value under each id. */
export class Seen {
  readonly values: Map<string, string> = new Map()
  readonly faults: string[] = []

  fault(text: string): void {
    if (this.faults.length < 20) this.faults.push(text)
  }

  entry(id: string, value: string): void {
    const before = this.values.get(id)
    if (before === undefined) this.values.set(id, value)
    else if (before !== value) this.fault(`the entry ${id} is ${before} and ${value}`)
  }
}

const placeOf = (id: string) => {
  const dot = id.lastIndexOf('.')
  return { epoch: id.slice(0, dot), seq: Number(id.slice(dot + 1)) }
}

/**
 * Checks what one reader gets, over all its cuts: each entry once and in order, or a gap in between.
 *
 * Nothing but entries is in the log, so the numbers in the ids have no holes.
 */
export class ReaderWatch {
  readonly name: string
  readonly #seen: Seen
  /** Where the next reading continues. */
  lastId: string | undefined
  entries = 0
  readonly gaps: Gap['gap']['reason'][] = []
  hasEnded = false
  /** When the last item came. */
  at = 0

  constructor(name: string, seen: Seen) {
    this.name = name
    this.#seen = seen
  }

  take(item: Item<string>): void {
    this.at = performance.now()
    switch (item.kind) {
      case 'entry':
        this.entries++
        this.#seen.entry(item.id, item.value)
        this.#next(item.id)
        return
      case 'gap':
        this.#gap(item.gap)
        return
      case 'end':
        this.hasEnded = true
        this.#next(item.id)
    }
  }

  #next(id: string): void {
    const before = placeOf(this.lastId ?? '.0')
    const { epoch, seq } = placeOf(id)
    const isNext = seq === before.seq + 1 && (epoch === before.epoch || before.epoch === '')
    if (!isNext) this.#seen.fault(`${this.name} got ${id} after ${this.lastId}`)
    this.lastId = id
  }

  #gap({ reason, after, to }: Gap['gap']): void {
    if (after !== this.lastId)
      this.#seen.fault(`${this.name} got a gap after ${after}, and was at ${this.lastId}`)
    const before = placeOf(this.lastId ?? '.0')
    const behind = placeOf(to ?? '.0')
    if (behind.epoch === before.epoch && behind.seq <= before.seq)
      this.#seen.fault(`${this.name} got a gap from ${after} back to ${to}`)
    this.gaps.push(reason)
    this.lastId = to
  }
}
