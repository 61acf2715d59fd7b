import { BodyError } from '@sluice/body'
import { nothing, onAbort, TurnSampler, yieldTurn } from '@sluice/body/engine'
import { sleep } from '@sluice/pause'
import { entryId } from './entry-id.ts'
import { newestPlace, oldestPlace, resume } from './resume.ts'
import type { Pull, Pulled } from '@sluice/body/engine'
import type { LogState } from '../engine/engine.ts'
import type { Place } from './entry-id.ts'
import type { Gap, Item } from './items.ts'
import type { History, LocalLog, LogReader } from './local-log.ts'
import type { Placed } from './records.ts'

/** What happens to a reader that is so slow that its process does not hold its next entries any more. */
export type ReadPolicy = 'catch-up' | 'skip' | 'disconnect'

/** Where a reader begins: behind a place, which is `undefined` if the id was malformed, or at an end of the log. */
export type Beginning =
  | { readonly kind: 'after'; readonly place: Place | undefined }
  | { readonly kind: 'oldest' }
  | { readonly kind: 'now' }

export interface PullOptions {
  readonly beginning: Beginning
  readonly policy: ReadPolicy
  readonly signal: AbortSignal | undefined
}

interface Waiter {
  resolve(item: Item | undefined): void
  reject(error: unknown): void
}

/** Milliseconds before an engine is read again that gave nothing new, but has to have it: its replica lags. */
const lagMs = 50

/** One reading of a topic: a place in the log. It takes from the window if that has what comes next, else from the engine. */
export class TopicPull implements Pull<Item>, LogReader {
  readonly #log: LocalLog
  readonly #options: PullOptions
  readonly #sampler = new TurnSampler()
  #state: 'new' | 'open' | 'over' = 'new'
  /** `undefined` until it is found in the log. */
  #place: Place | undefined
  /** Read from the engine; the first record is last. */
  #page: Placed[] = []
  #gap: Gap | undefined
  /** Whether it has read from the window since it was last behind it. */
  #wasLive = false
  #waiter: Waiter | undefined
  #failure: { readonly error: unknown } | undefined
  #stopListening = nothing

  constructor(log: LocalLog, options: PullOptions) {
    this.#log = log
    this.#options = options
  }

  pull(): Pulled<Item> {
    if (this.#state === 'new') this.#open()
    const item = this.#take()
    if (item === undefined) return this.#state === 'over' ? this.#end() : this.#later()
    return this.#sampler.isTurnOver() ? yieldTurn().then(() => item) : item
  }

  close(): void {
    this.#failure = undefined
    this.#leave()
  }

  wake(): void {
    const waiter = this.#waiter
    if (waiter === undefined) return
    this.#waiter = undefined
    const item = this.#take()
    if (item !== undefined) waiter.resolve(item)
    else this.#later().then(waiter.resolve, waiter.reject)
  }

  fail(error: unknown): void {
    if (this.#state === 'over') return
    this.#failure = { error }
    this.#leave()
  }

  #open(): void {
    this.#state = 'open'
    this.#log.join(this)
    const { signal } = this.#options
    if (signal?.aborted) this.fail(signal.reason)
    else if (signal !== undefined) this.#stopListening = onAbort(signal, (why) => this.fail(why))
  }

  /** The next item, if it is there at once. */
  #take(): Item | undefined {
    if (this.#state === 'over') return undefined
    for (;;) {
      const record = this.#page.at(-1) ?? this.#fromWindow()
      const gap = this.#gap ?? (record === undefined ? undefined : this.#gapBefore(record))
      this.#gap = undefined
      if (gap !== undefined) return gap
      if (record === undefined) return undefined
      this.#page.pop()
      this.#place = record
      if (record.item?.kind === 'end') this.#leave()
      if (record.item !== undefined) return record.item
    }
  }

  #fromWindow(): Placed | undefined {
    const next = this.#place && this.#log.window?.next(this.#place)
    if (next === undefined || next === 'wait' || next === 'behind') return undefined
    this.#wasLive = true
    return next
  }

  /** What is missing between its place and a record that was read. */
  #gapBefore({ epoch, seq }: Placed): Gap | undefined {
    const place = this.#place
    if (place === undefined) return undefined
    const isSameEpoch = epoch === place.epoch || place.epoch === ''
    if (isSameEpoch && seq === place.seq + 1) return undefined
    return this.#moveTo({ epoch, seq: seq - 1 }, isSameEpoch ? 'trimmed' : 'failover')
  }

  #moveTo(to: Place, reason: Gap['gap']['reason']): Gap {
    const after = this.#place && entryId(this.#place)
    this.#place = to
    return { kind: 'gap', gap: { reason, after, to: entryId(to) } }
  }

  /** The next item, when there is one. */
  async #later(): Promise<Item | undefined> {
    // Followed first, so that nothing is missed between history and window.
    await this.#log.followed()
    for (;;) {
      const item = this.#take()
      if (item !== undefined) return item
      if (this.#state === 'over') return this.#end()
      if (this.#isAtEnd()) return this.#wait()
      if (this.#place === undefined) await this.#seek()
      else if (!this.#isSlow(this.#place)) await this.#readAfter(this.#place)
    }
  }

  #isAtEnd(): boolean {
    return this.#place !== undefined && this.#log.window?.next(this.#place) === 'wait'
  }

  #wait(): Promise<Item | undefined> {
    this.#log.wait(this)
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject }
    })
  }

  /** Finds the beginning in the log. */
  async #seek(): Promise<void> {
    const { beginning } = this.#options
    const after = seqBefore(beginning)
    const history = await this.#log.history(after)
    if (this.#state === 'over') return
    this.#accept(placeOf(beginning, history.state), after, history)
  }

  async #readAfter(place: Place): Promise<void> {
    const history = await this.#log.history(place.seq)
    if (this.#state === 'over') return
    this.#accept(place, place.seq, history)
    if (this.#page.length === 0 && this.#gap === undefined && this.#place === place)
      await sleep(lagMs)
  }

  #accept(place: Place | undefined, after: number, { state, records }: History): void {
    const found = resume(place, state)
    // A place that was found in the log once is not unknown: the log was removed since then, or is too old.
    const lost = found.lost === 'unknown' && this.#place !== undefined ? 'trimmed' : found.lost
    this.#place = place
    if (lost === undefined) this.#place = found.place
    else this.#gap = this.#moveTo(found.place, lost)
    // If it continues in front of what was asked for, the page may begin too late.
    const isUsable = found.place.seq >= after
    this.#page = isUsable ? records.filter(({ seq }) => seq > found.place.seq).reverse() : []
  }

  /** Whether it was live and is behind now. Applies the policy, unless that is to read from the engine. */
  #isSlow(place: Place): boolean {
    const window = this.#log.window
    if (!this.#wasLive || window === undefined || !window.hasPassed(place)) return false
    this.#wasLive = false
    switch (this.#options.policy) {
      case 'catch-up':
        return false
      case 'skip':
        this.#gap = this.#moveTo(window.start, 'slow')
        return true
      case 'disconnect':
        this.fail(tooSlow(this.#log.name))
        return true
    }
  }

  #leave(): void {
    this.#state = 'over'
    this.#page = []
    this.#gap = undefined
    this.#stopListening()
    this.#log.leave(this)
    const waiter = this.#waiter
    this.#waiter = undefined
    if (waiter === undefined) return
    const failure = this.#failure
    this.#failure = undefined
    if (failure === undefined) waiter.resolve(undefined)
    else waiter.reject(failure.error)
  }

  /** After the end: throws the error that ended the reading, once. */
  #end(): undefined {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.error
    return undefined
  }
}

/** Larger than every sequence number: reads the state alone. */
const afterAll = Number.MAX_SAFE_INTEGER

const seqBefore = (beginning: Beginning): number => {
  switch (beginning.kind) {
    case 'after':
      return beginning.place?.seq ?? 0
    case 'oldest':
      return 0
    case 'now':
      return afterAll
  }
}

const placeOf = (beginning: Beginning, state: LogState): Place | undefined => {
  switch (beginning.kind) {
    case 'after':
      return beginning.place
    case 'oldest':
      return oldestPlace(state)
    case 'now':
      return newestPlace(state)
  }
}

const tooSlow = (topic: string) =>
  new BodyError(
    'READER_SLOW',
    `Cannot go on reading the topic ${JSON.stringify(topic)}: found a reader that is behind the entries that the process holds`,
  )
