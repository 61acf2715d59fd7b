import { data } from '@sluice/body'
import { cell, channelOver, left, wants } from '../channel/channel.ts'
import { errorOfRecord } from '../channel/error-record.ts'
import { record } from '../channel/record.ts'
import { RingReader } from '../channel/ring-reader.ts'
import { RingWriter } from '../channel/ring-writer.ts'
import { WorkerEvents } from './worker-events.ts'
import type { AnyFrame } from '@sluice/body'
import type { FunctionName } from '../task.ts'
import type { Filtered, FilterThreads } from './filter-threads.ts'
import type { Memories } from './memories.ts'

/** Records of the output that stand for something that the loop holds. */
export const heldFrame: AnyFrame = { kind: 'held' }
export const filterEnd: AnyFrame = { kind: 'end' }

/** The filter of a body, and what its caller gave it. */
export interface FilterCall extends FunctionName {
  readonly given: unknown
  /** Bytes that may be on their way when the source is asked for more, a half of the ring at most. */
  readonly readAheadBytes: number
}

/** The loop's end of the channel to the filter of one body. Nothing in it waits: `whenChanged` calls back. */
export class FilterBody implements Filtered {
  readonly #memory: SharedArrayBuffer
  readonly #memories: Memories
  readonly #cells: Int32Array<SharedArrayBuffer>
  readonly #events: WorkerEvents
  readonly #writer: RingWriter
  readonly #reader: RingReader
  readonly #leave: () => void
  readonly #whenFailed: () => void
  #unwritten: Uint8Array | undefined
  #from = 0
  #failure: { readonly error: unknown } | undefined

  /**
   * @param whenFailed Called if the thread is gone: the reader may be waiting for its source.
   * @throws {HttpError} As `FilterThreads.begin`.
   */
  constructor(
    threads: FilterThreads,
    { module, exportName, given }: FilterCall,
    whenFailed: () => void,
  ) {
    this.#whenFailed = whenFailed
    this.#memories = threads.memories
    const memory = this.#memories.take()
    this.#memory = memory
    const channel = channelOver(memory)
    this.#cells = channel.cells
    this.#events = new WorkerEvents(channel.cells)
    this.#writer = new RingWriter(channel.input, channel.cells)
    this.#reader = new RingReader(channel.output, channel.cells)
    try {
      this.#leave = threads.begin(this, { module, exportName, given, memory })
    } catch (error) {
      this.#memories.giveBack(memory)
      throw error
    }
  }

  get turns(): number {
    return Atomics.load(this.#cells, cell.turns)
  }

  get isImporting(): boolean {
    return Atomics.load(this.#cells, cell.thread) < 0
  }

  /** Whether all that came of what was written has been taken. */
  get isDone(): boolean {
    return (
      this.#unwritten === undefined && this.#onItsWay === 0 && this.#reader.kind() === undefined
    )
  }

  /** Whether more may be written. */
  mayTake(readAheadBytes: number): boolean {
    if (this.#unwritten !== undefined) return false
    return this.#onItsWay === 0 || this.#onItsWay < readAheadBytes
  }

  /** Bytes of the input that the filter has not handled, with what came of them. */
  get #onItsWay(): number {
    const written = Atomics.load(this.#cells, cell.inputWritten)
    return (written - Atomics.load(this.#cells, cell.inputHandled)) >>> 0
  }

  failed(error: unknown): void {
    this.#failure ??= { error }
    this.#whenFailed()
  }

  /** Writes bytes, or begins to. To be called only if it may take more. */
  write(bytes: Uint8Array): void {
    this.#unwritten = bytes
    this.#from = 0
    this.#writeMore()
  }

  /** Writes a record without data. To be called only if it may take more: then there is room for it. */
  tell(kind: typeof record.mark | typeof record.end, bytes: Uint8Array): void {
    this.#writer.write(kind, bytes)
    this.#events.wakeWorker()
  }

  /**
   * Takes the next that has come of the filter: data, `heldFrame` or `filterEnd`; `undefined` if there is nothing now.
   *
   * @throws What the filter has thrown; `WORKER_DIED` and the like.
   */
  next(): AnyFrame | undefined {
    if (this.#unwritten !== undefined) this.#writeMore()
    const kind = this.#reader.kind()
    if (kind === undefined) {
      if (this.#failure !== undefined) throw this.#failure.error
      return undefined
    }
    // Data record by record: then the frames that leave do not depend on which thread was faster.
    const bytes = this.#reader.take()
    this.#events.wakeWorker()
    if (kind === record.data) return data(bytes)
    if (kind === record.error) throw errorOfRecord(bytes).error
    return kind === record.mark ? heldFrame : filterEnd
  }

  /** Calls back once, when there may be something new. To be called only if `next` has returned nothing, and it is not done. */
  whenChanged(call: () => void): void {
    const handled = Atomics.load(this.#cells, cell.inputHandled)
    const hasChanged = () =>
      // It may have handled all since the caller looked.
      this.#onItsWay === 0 ||
      this.#reader.kind() !== undefined ||
      this.#hasRoom() ||
      Atomics.load(this.#cells, cell.inputHandled) !== handled
    this.#events.until(wants.output, hasChanged).then(call)
  }

  /** The body is over. */
  close(): void {
    Atomics.store(this.#cells, cell.left, left.requestOver)
    this.#events.end()
    this.#events.wakeWorker()
    this.#leave()
    // If its thread has died, it may have died in the middle: the memory is not used again.
    if (this.#failure === undefined) this.#memories.giveBackOnceDone(this.#memory)
  }

  #hasRoom(): boolean {
    return (
      this.#unwritten !== undefined &&
      this.#writer.hasRoomForData(this.#unwritten.length - this.#from)
    )
  }

  #writeMore(): void {
    const bytes = this.#unwritten
    if (bytes === undefined) return
    const written = this.#writer.writeData(bytes, this.#from)
    this.#from += written
    if (this.#from === bytes.length) this.#unwritten = undefined
    if (written > 0) this.#events.wakeWorker()
  }
}
