// The tail: one connection that waits in XREAD for records of all followed topics.
//
// A blocked XREAD cannot gain topics. So it also waits for a stream of this process, into which the other connection writes when a topic
// is to be followed. And it waits for notes: a log that begins again at 1 would be below the numbers for which XREAD waits. Notes may be
// evicted too, and a log that expires writes none, so rounds look at all topics (see rounds.ts).
//
// XREAD alone is trusted only for the next record of the same epoch. After all else, such as a new connection or a hole, the topic is
// read by the script, which notices a fail-over, and compared with what the listener was given.

import { deferred, quiet } from '@sluice/body/engine'
import { sleep } from '@sluice/pause'
import { Followed, idAfter } from './followed.ts'
import { streamsOf } from './replies.ts'
import { Rounds } from './rounds.ts'
import type { Deferred } from '@sluice/body/engine'
import type { EngineListener, LogPage, LogState, ReadLimits } from '../engine/engine.ts'
import type { Link } from './link.ts'
import type { StreamEntry } from './replies.ts'
import type { RoundsHost } from './rounds.ts'
import type { Session } from './session.ts'

/** What the tail asks of its connection. */
export interface TailHost extends RoundsHost {
  readonly listener: EngineListener
  readonly keys: { readonly notes: string; readonly wake: string; log(topic: string): string }
  read(session: Session, topic: string, after: number, limits: ReadLimits): Promise<LogPage>
  /** Writes to the stream of this process. */
  wake(): Promise<unknown>
}

const answerMs = 5_000
const retryMs = 50

const pageLimits: ReadLimits = { entries: 256, bytes: 2 ** 20 }
const stateOnly: ReadLimits = { entries: 1, bytes: 1 }

/**
 * Redis looks at every topic of an XREAD. So a process that follows many rests for a millisecond for each 50 of them before the next one:
 * then what arrives meanwhile comes together, and Redis spends a bounded part of its time on it.
 */
const topicsPerMs = 50

/** Entries of each stream that XREAD returns at once: fewer if they are large, since it knows no limit in bytes. */
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
  readonly #rounds: Rounds
  #lastWake = '0-0'

  constructor(link: Link, host: TailHost) {
    this.#link = link
    this.#host = host
    this.#rounds = new Rounds(host, this.#followed)
  }

  async follow(topic: string): Promise<LogState> {
    this.#closing.signal.throwIfAborted()
    const key = this.#host.keys.log(topic)
    const found = this.#followed.get(key)
    if (found !== undefined) return found.began.promise
    const began = deferred<LogState>()
    this.#beginning.add(began)
    this.#followed.set(key, new Followed(topic, began))
    this.#wanted.resolve()
    this.#wake()
    if (!this.#isRunning) quiet(this.#run())
    this.#isRunning = true
    return began.promise
  }

  unfollow(topic: string): void {
    this.#followed.delete(this.#host.keys.log(topic))
  }

  /** Following has failed, and goes on by itself. The listener is told once for each outage: meanwhile other calls may succeed. */
  fail(error: unknown): void {
    if (this.#isFailing) return
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
    await this.#rounds.begin(session)
    while (!this.#closing.signal.aborted) {
      await this.#syncAll(session)
      if (this.#followed.size > 0) await this.#readOnce(session)
      this.#recover()
      if (this.#followed.size > 0) await this.#rounds.look(session)
      else if (!(await this.#isWanted(session))) return
    }
  }

  #recover(): void {
    if (this.#isFailing) this.#host.listener.recovered()
    this.#isFailing = false
  }

  /** Waits for a topic to follow. False if the connection is lost before. */
  #isWanted(session: Session): Promise<boolean> {
    this.#wanted = deferred()
    return Promise.race([this.#wanted.promise.then(() => true), session.lost.then(() => false)])
  }

  async #syncAll(session: Session): Promise<void> {
    const stale = [...this.#followed.values()].filter(({ isSynced }) => !isSynced)
    await Promise.all(stale.map((followed) => this.#sync(session, followed)))
  }

  /** Reads a topic by the script, and gives the listener what it has not. */
  async #sync(session: Session, followed: Followed): Promise<void> {
    const { topic } = followed
    followed.isSynced = true
    if (!followed.hasBegun) {
      const { state } = await this.#host.read(session, topic, Number.MAX_SAFE_INTEGER, stateOnly)
      followed.begin(state)
      this.#beginning.delete(followed.began)
      return
    }
    let page = await this.#host.read(session, topic, followed.last, pageLimits)
    const after = followed.placeIn(page.state)
    if (after !== followed.last) page = await this.#host.read(session, topic, after, pageLimits)
    if (followed.moveTo(page, after)) this.#give(followed, page)
  }

  #take(followed: Followed | undefined, entries: readonly StreamEntry[]): void {
    const page = followed?.take(entries)
    if (followed !== undefined && page !== undefined) this.#give(followed, page)
  }

  #give(followed: Followed, page: LogPage): void {
    if (this.#followed.get(this.#host.keys.log(followed.topic)) === followed)
      this.#host.listener.arrived(followed.topic, page)
  }

  async #readOnce(session: Session): Promise<void> {
    const { notes, wake } = this.#host.keys
    const keys = [...this.#followed.keys()]
    const ids = [...this.#followed.values()].map(({ last }) => idAfter(last))
    // After a failure it does not wait, so that the listener soon learns that following goes on.
    const blockMs = this.#isFailing ? 1 : this.#rounds.msLeft
    this.#isBlocked = true
    const reply = await session.send(
      // biome-ignore format: as one types it
      ['XREAD', 'COUNT', String(this.#count), 'BLOCK', String(blockMs), 'STREAMS',
        wake, notes, ...keys, this.#lastWake, this.#rounds.lastNote, ...ids],
      blockMs + answerMs,
    )
    this.#isBlocked = false
    let bytes = 0
    for (const [key, entries] of streamsOf(reply)) {
      for (const { value } of entries) bytes += value.length
      if (key === wake) this.#lastWake = entries.at(-1)?.id ?? this.#lastWake
      else if (key === notes) this.#rounds.heed(entries)
      else this.#take(this.#followed.get(key), entries)
    }
    const restMs = Math.floor(keys.length / topicsPerMs)
    if (restMs > 0 && reply !== null) await sleep(restMs, { signal: this.#closing.signal })
    this.#count =
      bytes > largeReply ? Math.max(1, this.#count >> 2) : Math.min(counts.most, this.#count * 2)
  }
}
