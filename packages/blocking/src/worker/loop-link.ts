import { BodyError } from '@sluice/body'
import { HttpError } from '@sluice/stack'
import { cell, channelOver, left, wants } from '../channel/channel.ts'
import { RingReader } from '../channel/ring-reader.ts'
import { RingWriter } from '../channel/ring-writer.ts'
import { blockingError } from '../errors.ts'
import type { RecordKind } from '../channel/record.ts'

/** The worker's end of the channel: everything in it may block the thread. */
export class LoopLink {
  readonly reader: RingReader
  readonly #cells: Int32Array<SharedArrayBuffer>
  readonly #writer: RingWriter
  readonly #idleTimeoutMs: number

  constructor(memory: SharedArrayBuffer, idleTimeoutMs: number) {
    const channel = channelOver(memory)
    this.#cells = channel.cells
    this.reader = new RingReader(channel.input, channel.cells)
    this.#writer = new RingWriter(channel.output, channel.cells)
    this.#idleTimeoutMs = idleTimeoutMs
  }

  /** Tells the loop which thread has taken the task. */
  begin(threadId: number): void {
    Atomics.store(this.#cells, cell.thread, threadId)
  }

  get hasLeft(): boolean {
    return Atomics.load(this.#cells, cell.left) !== 0
  }

  /** Waits for a record of the input. @returns Its kind. */
  nextKind(): number {
    if (Atomics.load(this.#cells, cell.inputWanted) === 0) {
      Atomics.store(this.#cells, cell.inputWanted, 1)
      this.#wakeLoop(wants.reading)
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
    this.#wakeLoop(wants.room)
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
      this.#wakeLoop(wants.output)
      if (written === 0) this.#sleep(seen, 'write')
    }
  }

  /** @param moreFollows As of `writeData`. */
  write(kind: RecordKind, bytes: Uint8Array, moreFollows = false): void {
    for (;;) {
      const seen = Atomics.load(this.#cells, cell.toWorker)
      this.#checkLeft('write')
      if (this.#writer.write(kind, bytes)) break
      this.#wakeLoop(wants.output)
      this.#sleep(seen, 'write')
    }
    if (!moreFollows) this.#wakeLoop(wants.output)
  }

  #sleep(seen: number, act: string): void {
    const started = performance.now()
    Atomics.store(this.#cells, cell.workerWaits, 1)
    const woken = Atomics.wait(this.#cells, cell.toWorker, seen, this.#idleTimeoutMs)
    Atomics.add(this.#cells, cell.waitedMs, Math.round(performance.now() - started))
    Atomics.store(this.#cells, cell.workerWaits, 0)
    if (woken === 'timed-out') throw idle(act, this.#idleTimeoutMs)
  }

  #checkLeft(act: string): void {
    switch (Atomics.load(this.#cells, cell.left)) {
      case 0:
        return
      case left.clientGone:
        throw new BodyError('READER_GONE', `Cannot ${act}: the client has gone`)
      default:
        throw new HttpError('REQUEST_OVER', `Cannot ${act}: the request is over`)
    }
  }

  #wakeLoop(want: number): void {
    if ((Atomics.load(this.#cells, cell.loopWants) & want) === 0) return
    Atomics.and(this.#cells, cell.loopWants, ~want)
    Atomics.add(this.#cells, cell.toLoop, 1)
    Atomics.notify(this.#cells, cell.toLoop)
  }
}

const idle = (act: string, idleTimeoutMs: number): HttpError =>
  blockingError('CLIENT_TIMEOUT', `Cannot ${act}: the client did nothing for ${idleTimeoutMs} ms`)
