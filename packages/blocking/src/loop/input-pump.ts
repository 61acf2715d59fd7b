import { BodyError, isData } from '@sluice/body'
import {
  closeQuietly,
  endAfterTrailers,
  isPromiseLike,
  nextContent,
  noBytes,
  pullFrom,
  TurnSampler,
  yieldTurn,
} from '@sluice/body/engine'
import { cell, wants } from '../channel/channel.ts'
import { errorRecord } from '../channel/error-record.ts'
import { jsonBytes } from '../channel/json-bytes.ts'
import { record } from '../channel/record.ts'
import { maxRecordBytes, RingWriter } from '../channel/ring-writer.ts'
import type { Body, Data, Fields, Trailers } from '@sluice/body'
import type { Content, Pull } from '@sluice/body/engine'
import type { Channel } from '../channel/channel.ts'
import type { RecordKind } from '../channel/record.ts'
import type { WorkerEvents } from './worker-events.ts'

/** Brings the content of a request to the worker, from its first read on. A body that the worker never reads is not touched. */
export class InputPump {
  readonly #cells: Int32Array
  readonly #events: WorkerEvents
  readonly #writer: RingWriter
  #source: Pull<Data | Trailers> | undefined
  #over = false
  /** The error of the body as the loop has it: only a copy crosses to the worker. */
  error: { readonly reason: unknown } | undefined

  constructor(channel: Channel, events: WorkerEvents) {
    this.#cells = channel.cells
    this.#events = events
    this.#writer = new RingWriter(channel.input, channel.cells)
  }

  /** Never rejects: the worker reads an error of the body in its place. */
  async run(body: Body<Data | Trailers>): Promise<void> {
    await this.#events.until(wants.reading, () => Atomics.load(this.#cells, cell.inputWanted) !== 0)
    if (this.#over) return
    try {
      const source = pullFrom(body)
      this.#source = source
      // Bytes are copied before the next pull.
      source.lend?.()
      await this.#pump(source)
    } catch (reason) {
      if (this.#over) return
      this.error = { reason }
      await this.#write(record.error, errorRecord(reason, true))
    }
  }

  /** Stops, and closes the body if the worker has begun to read it. */
  stop(): void {
    if (this.#over) return
    this.#over = true
    if (this.#source !== undefined) void closeQuietly(this.#source)
  }

  async #pump(source: Pull<Data | Trailers>): Promise<void> {
    const sampler = new TurnSampler()
    let frame: Content | undefined
    do {
      const answer = nextContent(source)
      frame = isPromiseLike(answer) ? await answer : answer
      if (this.#over) return
      if (frame !== undefined && isData(frame)) {
        const written = this.#writeNow(frame.bytes, 0)
        // No promise for most frames.
        if (written < frame.bytes.length) await this.#writeRest(frame.bytes, written)
      }
      if (sampler.isTurnOver()) await yieldTurn()
    } while (frame !== undefined && isData(frame))
    if (frame !== undefined) {
      await endAfterTrailers(source)
      await this.#write(record.trailers, trailerBytes(frame.fields))
    }
    await this.#write(record.end, noBytes)
  }

  /** Writes as much as there is room for. @returns Up to where. */
  #writeNow(bytes: Uint8Array, from: number): number {
    let at = from
    while (at < bytes.length) {
      const written = this.#writer.writeData(bytes, at)
      if (written === 0) break
      at += written
    }
    if (at > from) this.#wakeWorker()
    return at
  }

  async #writeRest(bytes: Uint8Array, from: number): Promise<void> {
    let at = from
    while (at < bytes.length && !this.#over) {
      await this.#events.until(wants.room, () => this.#writer.hasRoomForData(bytes.length - at))
      if (!this.#over) at = this.#writeNow(bytes, at)
    }
  }

  async #write(kind: RecordKind, bytes: Uint8Array): Promise<void> {
    while (!this.#over && !this.#writer.write(kind, bytes))
      await this.#events.until(wants.room, () => this.#writer.hasRoomFor(bytes.length))
    this.#wakeWorker()
  }

  /** In the next turn, unless there is much: to wake a thread costs more than to copy a block, and more may come in this turn. */
  #wakeWorker(): void {
    if (this.#writer.isHalfFull) this.#events.wakeWorker()
    else this.#events.wakeWorkerSoon()
  }
}

const trailerBytes = (trailers: Fields): Uint8Array => {
  const bytes = jsonBytes([...trailers])
  if (bytes.length <= maxRecordBytes) return bytes
  throw new BodyError(
    'BODY_TOO_LARGE',
    `Cannot pass the trailers to a blocking function: found ${bytes.length} bytes, wanted at most ${maxRecordBytes}`,
  )
}
