// The one tail of a process: it reads what is new in all followed topics, over one connection.
//
// A notification says which topic has changed, and nothing else: notifications can be lost with a connection, so every followed topic is
// also read every `pollMs`, and after each connect. What has changed is read after the last record that the listener got, so
// neither the order of notifications nor their number matters.
import { onAbort } from '@sluice/body/engine'
import { Backoff } from '../engine/backoff.ts'
import { idleTimer } from '../idle-timer.ts'
import { epochOf } from '../topic/resume.ts'
import { emptyPage } from './sql.ts'
import type { EngineListener, LogPage, LogState } from '../engine/engine.ts'
import type { Place } from '../topic/entry-id.ts'
import type { Asked, Query } from './sql.ts'
import type { Session, SessionListener } from './store.ts'

export interface TailSource {
  readonly pollMs: number
  readonly signal: AbortSignal
  /** Connects, and makes the tables if they are missing. */
  open(listener: SessionListener): Promise<Session>
  read(query: Query, asked: readonly Asked[]): Promise<Map<string, LogPage>>
}

interface Followed {
  readonly began: (state: LogState) => void
  readonly rejected: (error: unknown) => void
  /** Where it is: `undefined` until its state was read once. */
  place: Place | undefined
}

/** Topics that are read by one query. */
const maxTopics = 64

export class Tail {
  readonly #source: TailSource
  readonly #listener: EngineListener
  readonly #topics = new Map<string, Followed>()
  /** Topics that may have something new. */
  readonly #woken = new Set<string>()
  #session: Session | undefined
  #isRunning = false
  #isFailing = false
  readonly #backoff = new Backoff()
  #poll: ReturnType<typeof setTimeout> | undefined

  constructor(source: TailSource, listener: EngineListener) {
    this.#source = source
    this.#listener = listener
  }

  follow(topic: string): Promise<LogState> {
    return new Promise((began, rejected) => {
      this.#topics.get(topic)?.rejected(new Error('Cannot follow the topic: it was followed again'))
      this.#topics.set(topic, { began, rejected, place: undefined })
      this.#wake(topic)
      this.#schedulePoll()
    })
  }

  unfollow(topic: string): void {
    this.#topics.get(topic)?.rejected(new Error('Cannot follow the topic: it was unfollowed'))
    this.#topics.delete(topic)
  }

  async close(error: unknown): Promise<void> {
    clearTimeout(this.#poll)
    for (const { rejected } of this.#topics.values()) rejected(error)
    this.#topics.clear()
    await this.#drop()
  }

  #schedulePoll(): void {
    if (this.#poll !== undefined || this.#topics.size === 0) return
    this.#poll = idleTimer(() => {
      this.#poll = undefined
      this.#wakeAll()
      this.#schedulePoll()
    }, this.#source.pollMs)
  }

  #wakeAll(): void {
    for (const topic of this.#topics.keys()) this.#woken.add(topic)
    this.#start()
  }

  #wake(topic: string): void {
    if (!this.#topics.has(topic)) return
    this.#woken.add(topic)
    this.#start()
  }

  #start(): void {
    if (!this.#isRunning) this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#woken.size > 0 && !this.#source.signal.aborted) {
      try {
        await this.#readNext()
        this.#succeeded()
      } catch (error) {
        await this.#failed(error)
      }
    }
    this.#isRunning = false
  }

  async #readNext(): Promise<void> {
    const session = this.#session ?? (await this.#open())
    const asked = this.#takeWoken()
    if (asked.size === 0) return
    const pages = await this.#source.read(
      session.query,
      Array.from(asked, ([topic, { place }]) => ({ topic, after: place?.seq ?? afterAll })),
    )
    // Meanwhile it may have been unfollowed, and followed again.
    for (const [topic, followed] of asked)
      if (this.#topics.get(topic) === followed)
        this.#take(topic, followed, pages.get(topic) ?? emptyPage)
  }

  /** Connected, everything is read once: notifications may have been missed. */
  async #open(): Promise<Session> {
    // A connection may be lost before it is given here.
    const loss = new AbortController()
    const session = await this.#source.open({
      heard: (topic) => this.#wake(topic),
      lost: (error) => loss.abort(error),
    })
    const { signal } = this.#source
    if (signal.aborted || loss.signal.aborted) await session.close()
    signal.throwIfAborted()
    loss.signal.throwIfAborted()
    this.#session = session
    onAbort(loss.signal, () => this.#lost(session))
    for (const topic of this.#topics.keys()) this.#woken.add(topic)
    return session
  }

  #lost(session: Session): void {
    if (this.#session === session) this.#drop().then(() => this.#wakeAll())
  }

  #takeWoken(): Map<string, Followed> {
    const taken = new Map<string, Followed>()
    for (const topic of this.#woken) {
      if (taken.size === maxTopics) break
      this.#woken.delete(topic)
      const followed = this.#topics.get(topic)
      if (followed !== undefined) taken.set(topic, followed)
    }
    return taken
  }

  #take(topic: string, followed: Followed, page: LogPage): void {
    const { state, records } = page
    const newest = state.epochs.at(-1)?.id ?? ''
    if (followed.place === undefined) {
      followed.place = { epoch: newest, seq: state.last }
      followed.began(state)
      return
    }
    const { epoch, seq } = continued(followed.place, state)
    const hasJumped = seq !== followed.place.seq
    if (hasJumped && seq < state.last) {
      // The page was read after another place.
      followed.place = { epoch, seq }
      this.#woken.add(topic)
    } else if (hasJumped || (records.length === 0 && epoch !== followed.place.epoch)) {
      followed.place = { epoch, seq }
      this.#listener.arrived(topic, { state, records: [] })
    } else if (records.length > 0) {
      const last = records.at(-1)?.seq ?? state.last
      followed.place = { epoch: epochOf(state, last), seq: last }
      this.#listener.arrived(topic, page)
      if (last < state.last || followed.place.epoch !== newest) this.#woken.add(topic)
    }
  }

  #succeeded(): void {
    this.#backoff.reset()
    if (!this.#isFailing) return
    this.#isFailing = false
    this.#listener.recovered()
  }

  async #failed(error: unknown): Promise<void> {
    await this.#drop()
    if (this.#source.signal.aborted) return
    this.#isFailing = true
    this.#listener.failed(error)
    await this.#backoff.wait(this.#source.signal)
    if (this.#source.signal.aborted) return
    for (const topic of this.#topics.keys()) this.#woken.add(topic)
  }

  async #drop(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    try {
      await session?.close()
    } catch {
      // It is lost anyway.
    }
  }
}

/** Behind every record: reads the state alone. */
const afterAll = Number.MAX_SAFE_INTEGER

/** Where the tail goes on: in the next epoch if it has reached the end of its own, or in the first one of another log. */
const continued = (place: Place, { epochs, first }: LogState): Place => {
  if (place.epoch === '') return place
  const index = epochs.findIndex(({ id }) => id === place.epoch)
  const next = epochs[index + 1]
  if (next !== undefined && (index < 0 || place.seq >= next.from - 1))
    return { epoch: next.id, seq: Math.max(next.from, first) - 1 }
  return index < 0 ? { epoch: '', seq: 0 } : place
}
