import { TurnSampler, yieldTurn } from '@sluice/body/engine'
import { cell, channelOver, wants } from '../channel/channel.ts'
import { RingReader } from '../channel/ring-reader.ts'
import { RingWriter } from '../channel/ring-writer.ts'
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
    this.#wakeLoop()
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
    this.#wakeLoop()
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

  /** To be called when the filter has ended: it is never late from now on. */
  end(): void {
    this.#count()
    this.#wakeLoop()
  }

  #wakeLoop(): void {
    if ((Atomics.load(this.#cells, cell.loopWants) & wants.output) === 0) return
    Atomics.and(this.#cells, cell.loopWants, ~wants.output)
    Atomics.add(this.#cells, cell.toLoop, 1)
    Atomics.notify(this.#cells, cell.toLoop)
  }
}
