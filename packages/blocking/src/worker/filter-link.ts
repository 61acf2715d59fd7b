import { TurnSampler, yieldTurn } from '@sluice/body/engine'
import { cell, channelOver, wants } from '../channel/channel.ts'
import { RingReader } from '../channel/ring-reader.ts'
import { RingWriter } from '../channel/ring-writer.ts'
import { wakeLoop } from './wake-loop.ts'
import type { Bytes } from '@sluice/body'
import type { RecordKind } from '../channel/record.ts'

/** A filter's end of its channel. It waits without blocking the thread, on which other filters run. */
export class FilterLink {
  readonly #cells: Int32Array<SharedArrayBuffer>
  readonly #reader: RingReader
  readonly #writer: RingWriter
  readonly #sampler = new TurnSampler()

  constructor(memory: SharedArrayBuffer) {
    const channel = channelOver(memory)
    this.#cells = channel.cells
    this.#reader = new RingReader(channel.input, channel.cells)
    this.#writer = new RingWriter(channel.output, channel.cells)
    this.#count()
  }

  /** Whether the body is over: nothing more comes or goes. */
  get hasLeft(): boolean {
    return Atomics.load(this.#cells, cell.left) !== 0
  }

  /** Waits for a record. @returns Its kind, or `undefined` if the body is over. */
  async nextKind(): Promise<number | undefined> {
    for (;;) {
      const seen = Atomics.load(this.#cells, cell.toWorker)
      if (this.hasLeft) return undefined
      const kind = this.#reader.kind()
      if (kind !== undefined) return kind
      await this.#wait(seen)
    }
  }

  take(): Bytes {
    return this.#reader.take()
  }

  /** To be called when all that came of what was taken has been written. */
  async handled(): Promise<void> {
    Atomics.store(this.#cells, cell.inputHandled, Atomics.load(this.#cells, cell.inputRead))
    wakeLoop(this.#cells, wants.output)
    if (!this.#sampler.isTurnOver()) return
    this.#count()
    await yieldTurn()
    this.#count()
  }

  /** @returns `false` if the body is over. */
  async writeData(bytes: Uint8Array): Promise<boolean> {
    let from = 0
    while (from < bytes.length) {
      const seen = Atomics.load(this.#cells, cell.toWorker)
      if (this.hasLeft) return false
      const written = this.#writer.writeData(bytes, from)
      from += written
      if (written === 0) await this.#waitForRoom(seen)
    }
    return true
  }

  /** @returns Once it is written; the loop is not woken for it before `handled` or `end`. */
  async write(kind: RecordKind, bytes: Uint8Array): Promise<void> {
    for (;;) {
      const seen = Atomics.load(this.#cells, cell.toWorker)
      if (this.hasLeft || this.#writer.write(kind, bytes)) break
      await this.#waitForRoom(seen)
    }
  }

  #waitForRoom(seen: number): Promise<void> {
    wakeLoop(this.#cells, wants.output)
    return this.#wait(seen)
  }

  async #wait(seen: number): Promise<void> {
    const wait = Atomics.waitAsync(this.#cells, cell.toWorker, seen)
    if (!wait.async) return
    this.#count()
    await wait.value
    this.#count()
  }

  #count(): void {
    Atomics.add(this.#cells, cell.turns, 1)
  }

  /** Waits for something else than the loop, which does not count as running. */
  async waitFor<T>(promise: Promise<T>): Promise<T> {
    this.#count()
    try {
      return await promise
    } finally {
      this.#count()
    }
  }

  /** To be called last. The filter is never late from now on, and another body may use the memory. */
  end(): void {
    this.#count()
    wakeLoop(this.#cells, wants.output)
    // Behind everything that writes a cell. The loop may be awake before it: it looks again when it needs memory.
    Atomics.store(this.#cells, cell.workerDone, 1)
  }
}
