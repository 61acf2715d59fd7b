import { data, fields } from '@sluice/body'
import {
  fromPull,
  isByteArray,
  onAbort,
  plainFlush,
  propertyOf,
  uncheckedFields,
} from '@sluice/body/engine'
import { cell, channelOver, left, wants } from '../channel/channel.ts'
import { errorOfRecord } from '../channel/error-record.ts'
import { ofJsonBytes } from '../channel/json-bytes.ts'
import { record } from '../channel/record.ts'
import { RingReader } from '../channel/ring-reader.ts'
import { InputPump } from './input-pump.ts'
import { RingContent } from './ring-content.ts'
import { warnUnheard } from './warn-unheard.ts'
import { WorkerEvents } from './worker-events.ts'
import type { Bytes, Frame } from '@sluice/body'
import type { Pull, Pulled } from '@sluice/body/engine'
import type { HttpRequest, HttpResponse } from '@sluice/stack'
import type { Channel } from '../channel/channel.ts'
import type { HeadRecord } from '../worker/ring-output.ts'
import type { Memories } from './memories.ts'

interface Failure {
  readonly error: unknown
}

/** One request that a worker answers, as the event loop sees it. */
export class Job implements Pull<Frame> {
  readonly memory: SharedArrayBuffer
  readonly #channel: Channel
  readonly #events: WorkerEvents
  readonly #pump: InputPump
  readonly #reader: RingReader
  readonly #content: RingContent
  readonly #stopListening: () => void
  /** Why no more records come behind those that are there. */
  #failure: Failure | undefined
  #over = false
  #isComplete = false
  readonly #memories: Memories
  /** The function and the response, as long as they use the memory. */
  #users = 2

  constructor(request: HttpRequest, memories: Memories) {
    this.#memories = memories
    this.memory = memories.take()
    this.#channel = channelOver(this.memory)
    this.#events = new WorkerEvents(this.#channel.cells)
    this.#pump = new InputPump(this.#channel, this.#events)
    this.#reader = new RingReader(this.#channel.output, this.#channel.cells)
    this.#content = new RingContent(this.#reader)
    const { signal } = request.client
    this.#stopListening = onAbort(signal, (reason) => this.#leave(reason))
    // It may have aborted while the slot was on its way.
    if (signal.aborted) this.#leave(signal.reason)
    void this.#pump.run(request.body)
  }

  /** Waits for the head. @param result Settles when the function has ended. @throws What the function throws before it. */
  async respond(result: Promise<unknown>): Promise<HttpResponse> {
    result.then(
      (failure) => this.#returned(failure),
      // Its thread has ended, perhaps in the middle: the memory is not used again.
      (error) => this.#failed(error),
    )
    await this.#record()
    if (this.#over || this.#reader.kind() !== record.head) throw this.#takeFailure()
    const head = ofJsonBytes<HeadRecord>(this.#reader.take())
    return {
      status: head.status,
      headers: uncheckedFields(head.headers),
      body: fromPull(() => this, head.byteLength),
    }
  }

  lend(): void {
    this.#content.lend()
  }

  pull(): Pulled<Frame> {
    if (this.#over) return this.#afterEnd()
    switch (this.#reader.kind()) {
      case record.data:
        return data(this.#took(this.#content.take()))
      case record.flush:
        this.#took(this.#reader.take())
        return plainFlush
      case record.trailers:
        return trailersOf(this.#took(this.#reader.take()))
      case record.end:
        return this.#complete()
    }
    if (this.#failure === undefined) return this.#record().then(() => this.pull())
    throw this.#takeFailure()
  }

  close(): void {
    this.#failure = undefined
    this.#end(left.requestOver)
  }

  #complete(): undefined {
    this.#isComplete = true
    if (this.#failure !== undefined && this.#failure !== noResponse)
      warnUnheard(this.#failure.error)
    this.close()
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
    if (this.#reader.isHalfEmpty) this.#events.wakeWorker()
    return bytes
  }

  /** @param failure A record, if the function has failed. */
  #returned(failure: unknown): void {
    if (!isByteArray(failure)) this.#fail(noResponse)
    // One that has closed the body hears nothing more.
    else if (!this.#over || this.#isComplete) this.#failed(this.#errorOf(failure))
    this.#release()
  }

  #failed(error: unknown): void {
    if (this.#over) warnUnheard(error)
    else this.#fail({ error })
  }

  #fail(failure: Failure): void {
    if (this.#over) return
    this.#failure ??= failure
    this.#events.look()
  }

  #errorOf(bytes: Uint8Array): unknown {
    const { error, isOfInput } = errorOfRecord(bytes)
    return isOfInput && this.#pump.error !== undefined ? this.#pump.error.reason : error
  }

  #takeFailure(): unknown {
    const failure = this.#failure
    this.#failure = undefined
    this.#end(left.requestOver)
    return failure?.error
  }

  #leave(reason: unknown): void {
    const why = propertyOf(reason, 'code') === 'REQUEST_OVER' ? left.requestOver : left.clientGone
    if (this.#failure === undefined || this.#failure === noResponse)
      this.#failure = { error: reason }
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
    this.#release()
  }

  #release(): void {
    this.#users--
    if (this.#users === 0) this.#memories.giveBack(this.memory)
  }
}

/** The failure of a function that has returned without an error. It counts only if the output has no end. */
const noResponse: Failure = { error: new Error('the function ended without a response') }

const trailersOf = (bytes: Bytes): Frame => ({
  kind: 'trailers',
  fields: fields(ofJsonBytes<readonly (readonly [string, string])[]>(bytes)),
})
