// The tail: one connection that waits in XREAD for records of all followed topics.
//
// A blocked XREAD cannot gain topics. So it also waits for a stream of this process, into which the other connection writes when a topic
// is to be followed. And it waits for notes: a log that begins again at 1 would be below the numbers for which XREAD waits.
//
// XREAD alone is trusted only for the next record of the same epoch. After all else, such as a new connection or a hole, the topic is
// read by the script, which notices a fail-over, and compared with what the listener was given.

import { deferred, quiet } from '@sluice/body/engine'
import { sleep } from '@sluice/pause'
import { entriesOf, streamsOf, textOf } from './replies.ts'
import type { Deferred } from '@sluice/body/engine'
import type { EngineListener, LogPage, LogRecord, LogState, ReadLimits } from '../engine/engine.ts'
import type { Link } from './link.ts'
import type { StreamEntry } from './replies.ts'
import type { Session } from './session.ts'

/** What the tail asks of its connection. */
export interface TailHost {
  readonly listener: EngineListener
  readonly keys: { readonly notes: string; readonly wake: string; log(topic: string): string }
  read(session: Session, topic: string, after: number, limits: ReadLimits): Promise<LogPage>
  /** Writes to the stream of this process. */
  wake(): Promise<unknown>
}

/** A topic, and what the listener was given of it. */
interface Followed {
  readonly topic: string
  readonly began: Deferred<LogState>
  /** What was known at the last reading by the script. */
  state: LogState | undefined
  epoch: string
  last: number
  /** Whether XREAD may be trusted for it. */
  isSynced: boolean
}

/** Milliseconds for which XREAD waits: a wake that was lost costs no more. */
const blockMs = 2_000
const answerMs = 5_000
const retryMs = 50

const pageLimits: ReadLimits = { entries: 256, bytes: 2 ** 20 }
const stateOnly: ReadLimits = { entries: 1, bytes: 1 }

/** Entries of each stream that XREAD gives at once: fewer if they are large, since it knows no limit in bytes. */
const counts = { first: 16, most: 256 } as const
const largeReply = 2 * 2 ** 20

export class Tail {
  readonly #link: Link
  readonly #host: TailHost
  /** Calls of `follow` that wait, though the topic may have been unfollowed since. */
  readonly #beginning = new Set<Deferred<LogState>>()
  /** By the key of the log. */
  readonly #followed = new Map<string, Followed>()
  readonly #closing = new AbortController()
  #isRunning = false
  #isFailing = false
  #isBlocked = false
  /** Fulfils when a topic is to be followed. */
  #wanted: Deferred<void> = deferred()
  #count: number = counts.first
  #lastNote = '0-0'
  #lastWake = '0-0'

  constructor(link: Link, host: TailHost) {
    this.#link = link
    this.#host = host
  }

  async follow(topic: string): Promise<LogState> {
    this.#closing.signal.throwIfAborted()
    const key = this.#host.keys.log(topic)
    const found = this.#followed.get(key)
    if (found !== undefined) return found.began.promise
    const began = deferred<LogState>()
    this.#beginning.add(began)
    this.#followed.set(key, {
      topic,
      began,
      state: undefined,
      epoch: '',
      last: 0,
      isSynced: false,
    })
    this.#wanted.resolve()
    this.#wake()
    if (!this.#isRunning) quiet(this.#run())
    this.#isRunning = true
    return began.promise
  }

  unfollow(topic: string): void {
    this.#followed.delete(this.#host.keys.log(topic))
  }

  /** Following has failed, and goes on by itself. */
  fail(error: unknown): void {
    this.#isFailing = true
    this.#host.listener.failed(error)
  }

  close(error: unknown): void {
    this.#closing.abort(error)
    this.#wanted.resolve()
    for (const { reject } of this.#beginning) reject(error)
    this.#beginning.clear()
    this.#followed.clear()
  }

  #wake(): void {
    if (!this.#isBlocked) return
    this.#isBlocked = false
    quiet(this.#host.wake())
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        await this.#runSession(await this.#link.session())
      } catch (error) {
        if (signal.aborted) return
        this.fail(error)
        await sleep(retryMs, { signal })
      }
    }
  }

  async #runSession(session: Session): Promise<void> {
    for (const followed of this.#followed.values()) followed.isSynced = false
    await this.#skipNotes(session)
    while (!this.#closing.signal.aborted) {
      await this.#syncAll(session)
      if (this.#isFailing) this.#host.listener.recovered()
      this.#isFailing = false
      if (this.#followed.size > 0) await this.#readOnce(session)
      else if (!(await this.#isWanted(session))) return
    }
  }

  /** Waits for a topic to follow. False if the connection is lost before. */
  #isWanted(session: Session): Promise<boolean> {
    this.#wanted = deferred()
    return Promise.race([this.#wanted.promise.then(() => true), session.lost.then(() => false)])
  }

  /** What they tell is in the log itself, which is read after this. */
  async #skipNotes(session: Session): Promise<void> {
    const reply = await session.send(['XREVRANGE', this.#host.keys.notes, '+', '-', 'COUNT', '1'])
    this.#lastNote = entriesOf(reply)[0]?.id ?? '0-0'
  }

  async #syncAll(session: Session): Promise<void> {
    const stale = [...this.#followed.values()].filter(({ isSynced }) => !isSynced)
    await Promise.all(stale.map((followed) => this.#sync(session, followed)))
  }

  /** Reads a topic by the script, and gives the listener what it has not. */
  async #sync(session: Session, followed: Followed): Promise<void> {
    const { topic } = followed
    followed.isSynced = true
    if (followed.state === undefined) {
      const { state } = await this.#host.read(session, topic, Number.MAX_SAFE_INTEGER, stateOnly)
      setPlace(followed, state, state.last)
      followed.began.resolve(state)
      this.#beginning.delete(followed.began)
      return
    }
    const { last, epoch } = followed
    let page = await this.#host.read(session, topic, last, pageLimits)
    const after = placeIn(page.state, epoch, last)
    if (after !== last) page = await this.#host.read(session, topic, after, pageLimits)
    const isNew = (page.state.epochs.at(-1)?.id ?? '') !== epoch
    setPlace(followed, page.state, page.records.at(-1)?.seq ?? Math.min(after, page.state.last))
    if (page.records.length > 0 || isNew) this.#give(followed, page)
  }

  #give(followed: Followed, page: LogPage): void {
    if (this.#followed.get(this.#host.keys.log(followed.topic)) === followed)
      this.#host.listener.arrived(followed.topic, page)
  }

  async #readOnce(session: Session): Promise<void> {
    const { notes, wake } = this.#host.keys
    const keys = [...this.#followed.keys()]
    const ids = [...this.#followed.values()].map(({ last }) => `${last}-${maxMs}`)
    this.#isBlocked = true
    const reply = await session.send(
      // biome-ignore format: as one types it
      ['XREAD', 'COUNT', String(this.#count), 'BLOCK', String(blockMs), 'STREAMS',
        wake, notes, ...keys, this.#lastWake, this.#lastNote, ...ids],
      blockMs + answerMs,
    )
    this.#isBlocked = false
    let bytes = 0
    for (const [key, entries] of streamsOf(reply)) {
      for (const { value } of entries) bytes += value.length
      if (key === wake) this.#lastWake = entries.at(-1)?.id ?? this.#lastWake
      else if (key === notes) await this.#heed(session, entries)
      else this.#take(this.#followed.get(key), entries)
    }
    this.#count =
      bytes > largeReply ? Math.max(1, this.#count >> 2) : Math.min(counts.most, this.#count * 2)
  }

  /** Logs that began anew are read by the script. If there may be more notes than are kept, all are. */
  async #heed(session: Session, entries: readonly StreamEntry[]): Promise<void> {
    this.#lastNote = entries.at(-1)?.id ?? this.#lastNote
    for (const { value } of entries) {
      const followed = this.#followed.get(textOf(value))
      if (followed !== undefined) followed.isSynced = false
    }
    if (entries.length < this.#count) return
    await this.#skipNotes(session)
    for (const followed of this.#followed.values()) followed.isSynced = false
  }

  #take(followed: Followed | undefined, entries: readonly StreamEntry[]): void {
    const state = followed?.state
    if (followed === undefined || state === undefined) return
    const records: LogRecord[] = []
    let ended = state.ended
    for (const { id, name, value, isMarked } of entries) {
      const seq = Number.parseInt(id, 10)
      if (seq !== followed.last + 1 || name !== followed.epoch) {
        followed.isSynced = false
        break
      }
      followed.last = seq
      ended = isMarked
      records.push({ seq, bytes: value })
    }
    if (records.length === 0) return
    followed.state = { ...state, last: followed.last, ended }
    this.#give(followed, { state: followed.state, records })
  }
}

/** The second half of an id is smaller. */
const maxMs = '18446744073709551615'

const setPlace = (followed: Followed, state: LogState, last: number): void => {
  followed.state = state
  followed.last = last
  followed.epoch = state.epochs.findLast(({ from }) => from <= last + 1)?.id ?? ''
}

/** Where to go on behind a record: in front of the next epoch, if the record is none of the log any more. */
const placeIn = ({ epochs, last: newest }: LogState, epoch: string, last: number): number => {
  const index = epochs.findIndex(({ id }) => id === epoch)
  if (index < 0) return 0
  const next = epochs[index + 1]
  return Math.min(last, next === undefined ? newest : next.from - 1)
}
