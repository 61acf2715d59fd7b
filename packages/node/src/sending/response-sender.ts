import { noBytes } from '@sluice/body/engine'
import { checkTrailers, FramePump, lengthMismatch } from '@sluice/stack/host'
import { begunElsewhere } from './begun-elsewhere.ts'
import { WritesUnderWay } from './writes-under-way.ts'
import type { AnyFrame, Fields, Receipt } from '@sluice/body'
import type { ErrorReports, Pull } from '@sluice/body/engine'
import type { BodyFailure, FrameSink } from '@sluice/stack/host'
import type { ResponseHead } from './response-head.ts'
import type { ResponseSink } from './response-sink.ts'

/** Content that is held back for one write, at most. Node's own buffers come on top. */
const highWaterBytes = 65_536

/** Is told how the body of its response ended, and takes what its receipts throw. */
export interface ResponseOwner extends ErrorReports {
  /** Called once at the end. After `close()` it is called only for an error that still comes. */
  bodyEnded(failure: BodyFailure): void
}

/**
 * Pulls the body of a response into the sink of its host.
 *
 * Nothing is pulled from the time at which Node says that it has no room, until all that was written is in the kernel.
 */
export class ResponseSender implements FrameSink {
  hasRoom = true
  readonly #pump: FramePump
  readonly #sink: ResponseSink
  readonly #owner: ResponseOwner
  /** `undefined` once it was written. */
  #head: ResponseHead | undefined
  /** Bytes still to come by the length in the head; -1 if it has none. */
  #left: number
  #held: Uint8Array[] = []
  #heldBytes = 0
  #trailers: Fields | undefined
  readonly #writes: WritesUnderWay

  constructor(
    source: Pull<AnyFrame>,
    head: ResponseHead,
    sink: ResponseSink,
    owner: ResponseOwner,
  ) {
    this.#pump = new FramePump(source, this)
    this.#head = head
    this.#left = head.length ?? -1
    this.#sink = sink
    this.#owner = owner
    this.#writes = new WritesUnderWay(owner)
  }

  /** Whether the head was written: no other response can be sent. */
  get hasBegun(): boolean {
    return this.#head === undefined
  }

  start(): void {
    this.#pump.pump()
  }

  /** The client has gone: nothing more is written, and no more callbacks of writes may come. */
  close(): void | PromiseLike<void> {
    this.#writes.lose()
    return this.#pump.close()
  }

  /** Calls back when all that was written is in the kernel; never if the client goes before. */
  afterWrites(call: () => void): void {
    this.#writes.whenDone(call)
  }

  // Called by the pump

  get holdsData(): boolean {
    return this.#heldBytes > 0
  }

  /** A frame is never cut: Node would make a chunk of each part. */
  hold(bytes: Uint8Array): Uint8Array | undefined {
    const { length } = bytes
    if (length === 0) return undefined
    if (this.#left >= 0) {
      this.#left -= length
      if (this.#left < 0) throw lengthMismatch('more')
    }
    this.#held.push(bytes)
    this.#heldBytes += length
    return this.#heldBytes < highWaterBytes ? undefined : noBytes
  }

  /** Writes what is held, and at least the head. */
  write(): void {
    const begins = this.#begin()
    if (this.#heldBytes > 0) {
      const held = this.#held
      this.#held = []
      this.#heldBytes = 0
      this.#writes.begin()
      if (!this.#sink.write(held, this.#written)) this.hasRoom = false
    } else if (begins) {
      this.#writes.begin()
      this.#sink.flushHead(this.#written)
    }
  }

  flush(sent: Receipt | undefined): void {
    this.write()
    this.#sink.flushed?.()
    this.#writes.flush(sent)
  }

  trailers(fields: Fields): void {
    checkTrailers(fields)
    this.#trailers = fields
  }

  end(): void {
    if (this.#left > 0) throw lengthMismatch('fewer')
    if (this.#heldBytes > 0) this.write()
    else this.#begin()
    this.#sink.end(this.#trailers, (error) => this.#owner.report(error))
  }

  drop(): void {
    this.#held = []
    this.#heldBytes = 0
  }

  ended(failure: BodyFailure): void {
    this.#owner.bodyEnded(failure)
  }

  #begin(): boolean {
    const head = this.#head
    if (head === undefined) return false
    if (this.#sink.headSent) throw begunElsewhere()
    this.#sink.writeHead(head)
    this.#head = undefined
    return true
  }

  readonly #written = (error?: Error | null): void => {
    // `close` follows. Node 26 tells no error of writes to a stream of HTTP/2 that the client has reset.
    if ((error !== undefined && error !== null) || this.#sink.closed) return
    this.#writes.done()
    if (!this.#writes.areDone) return
    this.hasRoom = true
    this.#pump.pump()
  }
}
