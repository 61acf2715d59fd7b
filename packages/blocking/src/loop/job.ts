import { data, fields } from '@sluice/body'
import { fromPull, onAbort, plainFlush, propertyOf, uncheckedFields } from '@sluice/body/engine'
import { cell, channelOver, left, newMemory, wants } from '../channel/channel.ts'
import { errorOfRecord } from '../channel/error-record.ts'
import { ofJsonBytes } from '../channel/json-bytes.ts'
import { record } from '../channel/record.ts'
import { RingReader } from '../channel/ring-reader.ts'
import { InputPump } from './input-pump.ts'
import { WorkerEvents } from './worker-events.ts'
import type { Bytes, Frame } from '@sluice/body'
import type { Pull, Pulled } from '@sluice/body/engine'
import type { HttpRequest, HttpResponse } from '@sluice/stack'
import type { Channel } from '../channel/channel.ts'
import type { HeadRecord } from '../worker/ring-output.ts'

const frameBytes = 65_536

/** One request that a worker answers, as the event loop sees it. */
export class Job implements Pull<Frame> {
  readonly memory: SharedArrayBuffer
  readonly #channel: Channel
  readonly #events: WorkerEvents
  readonly #pump: InputPump
  readonly #reader: RingReader
  readonly #stopListening: () => void
  /** Why no more records come behind those that are there. */
  #failure: { readonly error: unknown } | undefined
  #over = false

  constructor(request: HttpRequest) {
    this.memory = newMemory()
    this.#channel = channelOver(this.memory)
    this.#events = new WorkerEvents(this.#channel.cells)
    this.#pump = new InputPump(this.#channel, this.#events)
    this.#reader = new RingReader(this.#channel.output, this.#channel.cells)
    const { signal } = request.client
    this.#stopListening = onAbort(signal, (reason) => this.#leave(reason))
    void this.#pump.run(request.body)
  }

  /** Waits for the head. @param result Settles when the function has ended. @throws What the function throws before it. */
  async respond(result: Promise<unknown>): Promise<HttpResponse> {
    result.then(
      () => this.#ended(endedWithoutEnd),
      (error) => this.#ended(error),
    )
    await this.#record()
    if (this.#reader.kind() !== record.head) {
      const error = this.#takeError()
      this.close()
      throw error
    }
    const head = ofJsonBytes<HeadRecord>(this.#reader.take())
    return {
      status: head.status,
      headers: uncheckedFields(head.headers),
      body: fromPull(() => this, head.byteLength),
    }
  }

  pull(): Pulled<Frame> {
    if (this.#over) return this.#afterEnd()
    switch (this.#reader.kind()) {
      case record.data:
        return data(this.#took(this.#reader.takeData(frameBytes)))
      case record.flush:
        this.#took(this.#reader.take())
        return plainFlush
      case record.trailers:
        return trailersOf(this.#took(this.#reader.take()))
      case record.end:
        this.close()
        return undefined
      case undefined:
        if (this.#failure === undefined) return this.#record().then(() => this.pull())
    }
    const error = this.#takeError()
    this.close()
    throw error
  }

  close(): void {
    this.#failure = undefined
    this.#end(left.requestOver)
  }

  /** A client that has left is an error, once; any other end is one. */
  #afterEnd(): undefined {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.error
    return undefined
  }

  /** Waits until a record is there, or none will come. */
  #record(): Promise<void> {
    return this.#events.until(
      wants.output,
      () => this.#failure !== undefined || this.#reader.kind() !== undefined,
    )
  }

  #took(bytes: Bytes): Bytes {
    this.#events.wakeWorker()
    return bytes
  }

  #ended(error: unknown): void {
    this.#failure ??= { error }
    this.#events.look()
  }

  #takeError(): unknown {
    if (this.#reader.kind() !== record.error) return this.#failure?.error
    const { error, isOfInput } = errorOfRecord(this.#reader.take())
    return isOfInput && this.#pump.error !== undefined ? this.#pump.error.reason : error
  }

  #leave(reason: unknown): void {
    const why = propertyOf(reason, 'code') === 'REQUEST_OVER' ? left.requestOver : left.clientGone
    this.#failure ??= { error: reason }
    this.#end(why)
  }

  /** Ends both directions. The worker hears of it at its next read or write. */
  #end(why: number): void {
    if (this.#over) return
    this.#over = true
    this.#stopListening()
    this.#pump.stop()
    Atomics.store(this.#channel.cells, cell.left, why)
    this.#events.end()
    this.#events.wakeWorker()
  }
}

const endedWithoutEnd = new Error('the function ended without a response')

const trailersOf = (bytes: Bytes): Frame => ({
  kind: 'trailers',
  fields: fields(ofJsonBytes<readonly (readonly [string, string])[]>(bytes)),
})
