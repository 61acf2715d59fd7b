import { BodyError } from '@sluice/body'
import { HttpError } from '@sluice/stack'
import { cell, channelOver, left, wants } from '../channel/channel.ts'
import { RingReader } from '../channel/ring-reader.ts'
import { RingWriter } from '../channel/ring-writer.ts'
import { clientTimeout } from '../errors.ts'
import { wakeLoop } from './wake-loop.ts'
import type { RecordKind } from '../channel/record.ts'

/** The worker's end of the channel: everything in it may block the thread. */
export class LoopLink {
  readonly reader: RingReader
  readonly #cells: Int32Array<SharedArrayBuffer>
  readonly #writer: RingWriter
  readonly #idleTimeoutMs: number
  #waitedMs = 0
  #isClosed = false
  #ending: unknown

  constructor(memory: SharedArrayBuffer, idleTimeoutMs: number) {
    const channel = channelOver(memory)
    this.#cells = channel.cells
    this.reader = new RingReader(channel.input, channel.cells)
    this.#writer = new RingWriter(channel.output, channel.cells)
    this.#idleTimeoutMs = idleTimeoutMs
  }

  /** To be called when the function has ended. Code that it left running must not touch the memory: another request may use it. */
  close(): void {
    this.#isClosed = true
  }

  /** Whether it is the error by which the function has heard that its client has left, or that the request is over. */
  isEnding(error: unknown): boolean {
    return error !== undefined && error === this.#ending
  }

  get hasLeft(): boolean {
    return this.#isClosed || Atomics.load(this.#cells, cell.left) !== 0
  }

  /** Waits for a record of the input. @returns Its kind. */
  nextKind(): number {
    if (this.#isClosed) throw over('read')
    if (Atomics.load(this.#cells, cell.inputWanted) === 0) {
      Atomics.store(this.#cells, cell.inputWanted, 1)
      wakeLoop(this.#cells, wants.reading)
    }
    for (;;) {
      const seen = Atomics.load(this.#cells, cell.toWorker)
      const kind = this.reader.kind()
      if (kind !== undefined) return kind
      this.#checkLeft('read')
      this.#sleep(seen, 'read')
    }
  }

  /** To be called after records of the input were taken. */
  tellRoom(): void {
    if (this.reader.isHalfEmpty) wakeLoop(this.#cells, wants.room)
  }

  /** @param moreFollows Whether more is written at once, so that the loop need not be woken before it. */
  writeData(bytes: Uint8Array, moreFollows = false): void {
    let from = 0
    while (from < bytes.length) {
      const seen = Atomics.load(this.#cells, cell.toWorker)
      this.#checkLeft('write')
      const written = this.#writer.writeData(bytes, from)
      from += written
      if (written > 0 && moreFollows && from === bytes.length) return
      wakeLoop(this.#cells, wants.output)
      if (written === 0) this.#sleep(seen, 'write')
    }
  }

  /** @param moreFollows As of `writeData`. */
  write(kind: RecordKind, bytes: Uint8Array, moreFollows = false): void {
    for (;;) {
      const seen = Atomics.load(this.#cells, cell.toWorker)
      this.#checkLeft('write')
      if (this.#writer.write(kind, bytes)) break
      wakeLoop(this.#cells, wants.output)
      this.#sleep(seen, 'write')
    }
    if (!moreFollows) wakeLoop(this.#cells, wants.output)
  }

  #sleep(seen: number, act: string): void {
    const started = performance.now()
    Atomics.store(this.#cells, cell.workerWaits, 1)
    const woken = this.#wait(seen)
    // Summed up before it is rounded: a function may have many short waits.
    this.#waitedMs += performance.now() - started
    Atomics.store(this.#cells, cell.waitedMs, Math.floor(this.#waitedMs))
    Atomics.store(this.#cells, cell.workerWaits, 0)
    if (woken === 'timed-out') throw clientTimeout(act, this.#idleTimeoutMs)
  }

  /** Waits for an event. The loop tells of room only when half of the ring is free, so a slow client is idle only if it reads nothing. */
  #wait(seen: number): 'ok' | 'not-equal' | 'timed-out' {
    for (;;) {
      const read = Atomics.load(this.#cells, cell.outputRead)
      const woken = Atomics.wait(this.#cells, cell.toWorker, seen, this.#idleTimeoutMs)
      if (woken !== 'timed-out' || read === Atomics.load(this.#cells, cell.outputRead)) return woken
    }
  }

  #checkLeft(act: string): void {
    if (this.#isClosed) throw over(act)
    const why = Atomics.load(this.#cells, cell.left)
    if (why === 0) return
    this.#ending = why === left.clientGone ? gone(act) : over(act)
    throw this.#ending
  }
}

const gone = (act: string): BodyError =>
  new BodyError('READER_GONE', `Cannot ${act}: the client has gone`)

const over = (act: string): HttpError =>
  new HttpError('REQUEST_OVER', `Cannot ${act}: the request is over`)
