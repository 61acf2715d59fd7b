import { idleTimer } from '../idle-timer.ts'
import { ReaderProgress } from './reader-progress.ts'
import { placedRecord } from './records.ts'
import { epochOf } from './resume.ts'
import { Window } from './window.ts'
import type { LogPage, LogState } from '../engine/engine.ts'
import type { Placed } from './records.ts'
import type { WindowLimits } from './window.ts'

/** What a log asks of the hub. */
export interface LogHost {
  readonly windowLimits: WindowLimits
  /** Reads from the engine, again and again until it succeeds. Rejects once the hub is closed. */
  read(topic: string, after: number): Promise<LogPage>
  /** Follows in the engine, again and again while it `isWanted`. Rejects once the hub is closed. */
  follow(topic: string, isWanted: () => boolean): Promise<LogState>
  unfollow(topic: string): void
  /** A record cannot be read. `id` names it, over all logs. */
  invalidRecord(id: string, error: unknown): void
  /** Its first reader came. */
  attended(log: LocalLog): void
  /** Its last reader left. */
  deserted(log: LocalLog): void
  /** Nothing uses the log any more. */
  unused(log: LocalLog): void
}

/** Records that were read from the engine, for readers that are not in the window. */
export interface History {
  readonly state: LogState
  readonly records: readonly Placed[]
}

export interface LogReader {
  /** The sequence number of the last record that it has taken; -1 if it has not begun. */
  readonly seq: number
  /** Records have arrived. Called whether it waits or not. */
  wake(): void
  fail(error: unknown): void
}

/** Milliseconds for which a topic is followed after its last reader has left: readers that are cut come back soon. */
const lingerMs = 2_000

/** The log of a topic in this process: followed while it has users, with one window for all readers. */
export class LocalLog {
  readonly name: string
  readonly #host: LogHost
  readonly #readers = new Set<LogReader>()
  readonly progress: ReaderProgress = new ReaderProgress(this.#readers)
  readonly #hearers = new Set<(record: Placed) => void>()
  #window: Window | undefined
  /** What arrived before `follow` has answered. */
  #early: LogPage[] = []
  #followed: Promise<void> | undefined
  #users = 0
  /** Nothing uses it any more. */
  #isOver = false
  #linger: ReturnType<typeof setTimeout> | undefined
  /** Pages that are being read, by the sequence number before them: readers that come together share one. */
  readonly #reading = new Map<number, Promise<History>>()

  constructor(name: string, host: LogHost) {
    this.name = name
    this.#host = host
  }

  get readers(): number {
    return this.#readers.size
  }

  /** `undefined` until the topic is followed. */
  get window(): Window | undefined {
    return this.#window
  }

  /** Keeps the topic followed until `release`. */
  hold(): void {
    this.#users++
    clearTimeout(this.#linger)
    this.#linger = undefined
  }

  release(): void {
    this.#users--
    if (this.#users > 0) return
    if (this.#followed === undefined) this.#host.unused(this)
    else this.#linger = idleTimer(() => this.#rest(), lingerMs)
  }

  join(reader: LogReader): void {
    this.#readers.add(reader)
    this.hold()
    if (this.#readers.size === 1) this.#host.attended(this)
  }

  leave(reader: LogReader): void {
    if (!this.#readers.delete(reader)) return
    this.progress.moved()
    if (this.#readers.size === 0) this.#host.deserted(this)
    this.release()
  }

  /** Calls `hear` with every record that arrives, until the returned function is called. The log must be held. */
  listen(hear: (record: Placed) => void): () => void {
    this.#hearers.add(hear)
    return () => this.#hearers.delete(hear)
  }

  followed(): Promise<void> {
    this.#followed ??= this.#followOnce()
    return this.#followed
  }

  history(after: number): Promise<History> {
    const found = this.#reading.get(after)
    if (found !== undefined) return found
    const reading = this.#read(after).finally(() => this.#reading.delete(after))
    this.#reading.set(after, reading)
    return reading
  }

  arrived({ state, records }: LogPage): void {
    const window = this.#window
    if (window === undefined) {
      this.#early.push({ state, records })
      return
    }
    if (records.length === 0) {
      window.reset(state)
      this.progress.cut(state.last)
    }
    for (const { record, bytes } of this.#decoded({ state, records })) {
      window.add(record, bytes)
      for (const hear of this.#hearers) hear(record)
    }
    for (const reader of this.#readers) reader.wake()
  }

  fail(error: unknown): void {
    for (const reader of this.#readers) reader.fail(error)
    clearTimeout(this.#linger)
  }

  /** If it fails, the next call tries again. */
  async #followOnce(): Promise<void> {
    try {
      await this.#follow()
    } catch (error) {
      this.#followed = undefined
      throw error
    }
  }

  async #follow(): Promise<void> {
    const state = await this.#host.follow(this.name, () => !this.#isOver)
    this.#window = new Window(this.#host.windowLimits, state)
    const early = this.#early
    this.#early = []
    for (const page of early) {
      const records = page.records.filter(({ seq }) => seq > state.last)
      if (records.length > 0) this.arrived({ state: page.state, records })
    }
  }

  /** The log is gone: it is too old, or was removed. What the window has of it must not be given to readers of the next one. */
  async #followAgain(): Promise<void> {
    this.#host.unfollow(this.name)
    this.#window = undefined
    this.#followed = this.#followOnce()
    await this.#followed
    for (const reader of this.#readers) reader.wake()
  }

  #rest(): void {
    this.#isOver = true
    this.#host.unfollow(this.name)
    this.#host.unused(this)
  }

  async #read(after: number): Promise<History> {
    const page = await this.#host.read(this.name, after)
    if (page.state.epochs.length === 0 && this.#window?.isEmpty === false) await this.#followAgain()
    return { state: page.state, records: this.#decoded(page).map(({ record }) => record) }
  }

  #decoded({ state, records }: LogPage): { readonly record: Placed; readonly bytes: number }[] {
    return records.map((given) => ({
      record: this.#decode(given, epochOf(state, given.seq)),
      bytes: given.bytes.length,
    }))
  }

  #decode(record: LogPage['records'][number], epoch: string): Placed {
    try {
      return placedRecord(record, epoch)
    } catch (error) {
      this.#host.invalidRecord(`${epoch}.${record.seq} ${this.name}`, error)
      return { epoch, seq: record.seq, item: undefined, control: undefined }
    }
  }
}
