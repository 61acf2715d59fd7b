import { BodyError } from '@sluice/body'
import {
  answerPull,
  continuePull,
  failPull,
  nothing,
  onAbort,
  TurnSampler,
  yieldTurn,
} from '@sluice/body/engine'
import { sleep } from '@sluice/pause'
import { placeOf, seqBefore } from './beginning.ts'
import { entryId } from './entry-id.ts'
import { resume } from './resume.ts'
import type { Pull, Pulled, PullNext, PullWaiter } from '@sluice/body/engine'
import type { Beginning } from './beginning.ts'
import type { Place } from './entry-id.ts'
import type { Gap, Item } from './items.ts'
import type { History, LocalLog, LogReader } from './local-log.ts'
import type { Placed } from './records.ts'

/** What happens to a reader that is so slow that its process does not hold its next entries any more. */
export type ReadPolicy = 'catch-up' | 'skip' | 'disconnect'

export interface PullOptions {
  /** For messages of errors. */
  readonly topic: string
  readonly beginning: Beginning
  readonly policy: ReadPolicy
  readonly signal: AbortSignal | undefined
}

/** Milliseconds before an engine is read again that gave nothing new, but has to have it: its replica lags. */
const lagMs = 50

/** One reader of a topic: a position in the log. It takes from the window if that has what comes next, else from the engine. */
export class TopicPull implements Pull<Item>, LogReader {
  readonly isPrompt = true
  readonly #findLog: () => LocalLog
  readonly #options: PullOptions
  readonly #sampler = new TurnSampler()
  /** Found at the first pull: a log that nobody reads is forgotten. */
  #log: LocalLog | undefined
  #state: 'new' | 'open' | 'over' = 'new'
  /** `undefined` until it is found in the log. */
  #place: Place | undefined
  /** Read from the engine; the first record is last. */
  #page: Placed[] = []
  #gap: Gap | undefined
  /** Whether it has read from the window since it was last behind it. */
  #wasLive = false
  #waiter: PullWaiter<Item> | undefined
  /** Whether the engine is asked for what the waiter gets. */
  #isFinding = false
  #failure: { readonly error: unknown } | undefined
  #stopListening = nothing

  constructor(findLog: () => LocalLog, options: PullOptions) {
    this.#findLog = findLog
    this.#options = options
  }

  get seq(): number {
    return this.#place?.seq ?? -1
  }

  pull(): Pulled<Item> {
    return this.#pull(undefined)
  }

  pullThen(next: PullNext<Item>): Pulled<Item> {
    return this.#pull(next)
  }

  close(): void {
    this.#failure = undefined
    this.#leave()
  }

  wake(): void {
    if (this.#waiter === undefined || this.#isFinding) return
    const item = this.#take()
    if (item !== undefined) this.#answer(item)
    else if (!this.#isAtEnd()) this.#find()
  }

  fail(error: unknown): void {
    if (this.#state === 'over') return
    this.#failure = { error }
    this.#leave()
  }

  #pull(next: PullNext<Item> | undefined): Pulled<Item> {
    if (this.#state === 'new') this.#open()
    const item = this.#take()
    if (item !== undefined) {
      if (!this.#sampler.isTurnOver()) return item
      return continuePull(
        yieldTurn().then(() => item),
        next,
      )
    }
    if (this.#state === 'over') return this.#end()
    const waited = this.#wait(next)
    if (!this.#isAtEnd()) this.#find()
    return waited
  }

  #open(): void {
    this.#state = 'open'
    this.#log = this.#findLog()
    this.#log.join(this)
    const { beginning } = this.#options
    const place = beginning.kind === 'after' ? beginning.place : undefined
    if (place !== undefined && this.#log.window?.holds(place)) this.#place = place
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
      this.#go(record)
      if (record.item?.kind === 'end') this.#stop()
      if (record.item !== undefined) return record.item
    }
  }

  #fromWindow(): Placed | undefined {
    const next = this.#place && this.#log?.window?.next(this.#place)
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

  #go(place: Place): void {
    this.#place = place
    const progress = this.#log?.progress
    if (progress !== undefined && place.seq >= progress.awaited) progress.moved()
  }

  #moveTo(to: Place, reason: Gap['gap']['reason']): Gap {
    const after = this.#place && entryId(this.#place)
    this.#go(to)
    return { kind: 'gap', gap: { reason, after, to: entryId(to) } }
  }

  /** Reads from the engine until there is an item, or the reader is at the end. */
  async #find(): Promise<void> {
    const log = this.#log
    if (log === undefined) return
    this.#isFinding = true
    try {
      // Followed first, so that nothing is missed between history and window.
      await log.followed()
      while (this.#state === 'open') {
        const item = this.#take()
        if (item !== undefined) return this.#found(item)
        if (this.#isAtEnd()) break
        if (this.#place === undefined) await this.#seek(log)
        else if (!this.#isSlow(this.#place)) await this.#readAfter(log, this.#place)
      }
    } catch (error) {
      this.fail(error)
    }
    this.#isFinding = false
  }

  #found(item: Item): void {
    this.#isFinding = false
    this.#answer(item)
  }

  #answer(item: Item): void {
    const waiter = this.#waiter
    this.#waiter = undefined
    if (waiter !== undefined) answerPull(waiter, item)
  }

  #isAtEnd(): boolean {
    return this.#place !== undefined && this.#log?.window?.next(this.#place) === 'wait'
  }

  #wait(next: PullNext<Item> | undefined): Promise<Item | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject, next }
    })
  }

  /** Finds the beginning in the log. */
  async #seek(log: LocalLog): Promise<void> {
    const { beginning } = this.#options
    const after = seqBefore(beginning)
    const history = await log.history(after)
    if (this.#state === 'over') return
    this.#accept(placeOf(beginning, history.state), after, history)
  }

  async #readAfter(log: LocalLog, place: Place): Promise<void> {
    const history = await log.history(place.seq)
    if (this.#state === 'over') return
    this.#accept(place, place.seq, history)
    if (this.#page.length === 0 && this.#gap === undefined && this.#place === place)
      await sleep(lagMs)
  }

  #accept(place: Place | undefined, after: number, { state, records }: History): void {
    const found = resume(place, state, this.#place !== undefined)
    this.#place = place
    if (found.lost === undefined) this.#go(found.place)
    else this.#gap = this.#moveTo(found.place, found.lost)
    // If it continues in front of what was asked for, the page may begin too late.
    const isUsable = found.place.seq >= after
    this.#page = isUsable ? records.filter(({ seq }) => seq > found.place.seq).reverse() : []
  }

  /** Whether it was live and is behind now. Applies the policy, unless that is to read from the engine. */
  #isSlow(place: Place): boolean {
    const window = this.#log?.window
    if (!this.#wasLive || window === undefined || !window.hasPassed(place)) return false
    this.#wasLive = false
    switch (this.#options.policy) {
      case 'catch-up':
        return false
      case 'skip':
        this.#gap = this.#moveTo(window.start, 'slow')
        return true
      case 'disconnect':
        this.fail(tooSlow(this.#options.topic))
        return true
    }
  }

  #stop(): void {
    this.#state = 'over'
    this.#page = []
    this.#gap = undefined
    this.#stopListening()
    this.#log?.leave(this)
  }

  #leave(): void {
    this.#stop()
    const waiter = this.#waiter
    this.#waiter = undefined
    if (waiter === undefined) return
    const failure = this.#failure
    this.#failure = undefined
    if (failure === undefined) answerPull(waiter, undefined)
    else failPull(waiter, failure.error)
  }

  /** After the end: throws the error that ended the reader, once. */
  #end(): undefined {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.error
    return undefined
  }
}

const tooSlow = (topic: string) =>
  new BodyError(
    'READER_SLOW',
    `Cannot go on reading the topic ${JSON.stringify(topic)}: found a reader that is behind the entries that the process holds`,
  )
