import { noBytes } from '@sluice/body/engine'
import { FramePump } from '@sluice/stack/host'
import { ContentEncoder } from '../http1/content-encoder.ts'
import type { AnyFrame, Fields, Receipt } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { BodyFailure, FrameSink } from '@sluice/stack/host'
import type { ResponseFraming } from '../http1/response-framing.ts'
import type { WriteBuffer } from './write-buffer.ts'

/** Is told how the body of its response ended. An object and not a callback: a closure for each stream takes memory. */
export interface ResponseOwner {
  /**
   * Called once at the end: all of the body is in the write buffer, or it failed, or is not what its framing says. After `close()`
   * this is called only for an error that still comes.
   */
  bodyEnded(failure: BodyFailure): void
}

/**
 * Pulls the body of a response into the write buffer. Frames that are there at once become one chunk.
 *
 * At most `highWaterBytes` are held back. A response that fails before its head was written can still become another.
 */
export class ResponseWriter implements FrameSink {
  readonly #pump: FramePump
  readonly #encoder: ContentEncoder
  /** `undefined` once it is in the write buffer. */
  #head: string | undefined
  readonly #output: WriteBuffer
  readonly #highWaterBytes: number
  readonly #owner: ResponseOwner
  /** Whether the bytes of a frame are valid only until the next pull. */
  readonly #isLent: boolean
  #trailers: Fields | undefined

  constructor(
    source: Pull<AnyFrame>,
    head: string,
    framing: ResponseFraming,
    output: WriteBuffer,
    highWaterBytes: number,
    owner: ResponseOwner,
  ) {
    this.#isLent = output.takesAtOnce && source.lend !== undefined
    if (this.#isLent) source.lend?.()
    this.#pump = new FramePump(source, this)
    this.#head = head
    this.#encoder = new ContentEncoder(framing)
    this.#output = output
    this.#highWaterBytes = highWaterBytes
    this.#owner = owner
  }

  /** Which pause lasts, counted from 1; 0 if none does. */
  get pause(): number {
    return this.#pump.pause
  }

  /** Whether the head is in the write buffer: no other response can be sent. */
  get hasBegun(): boolean {
    return this.#head === undefined
  }

  /** Goes on if there is something to do. Called at the start, and when the socket has room. */
  pump(): void {
    this.#pump.pump()
  }

  /** Leaves early: nothing more is written. */
  close(): void | PromiseLike<void> {
    return this.#pump.close()
  }

  // Called by the pump

  get hasRoom(): boolean {
    return this.#output.hasRoom
  }

  get holdsData(): boolean {
    return this.#output.heldBytes > 0
  }

  hold(bytes: Uint8Array): Uint8Array | undefined {
    const isTooLarge = bytes.length > this.#highWaterBytes
    const part = isTooLarge ? bytes.subarray(0, this.#highWaterBytes) : bytes
    this.#encoder.count(part.length)
    if (!this.#holdPart(part) && this.#output.heldBytes < this.#highWaterBytes) return
    return isTooLarge ? bytes.subarray(this.#highWaterBytes) : noBytes
  }

  /** Holds a part. @returns Whether it has to leave at once. */
  #holdPart(part: Uint8Array): boolean {
    if (this.#isLent) return this.#output.holdLent(part)
    this.#output.hold(part)
    return false
  }

  write(): void {
    this.#makeReady('')
    this.#output.write()
  }

  flush(sent: Receipt | undefined): void {
    this.#makeReady('')
    this.#output.flush(sent)
  }

  trailers(fields: Fields): void {
    this.#trailers = fields
  }

  /** The connection writes it, together with the responses to requests that have come already. */
  end(): void {
    this.#makeReady(this.#encoder.end(this.#trailers))
  }

  drop(): void {
    this.#output.drop()
  }

  ended(failure: BodyFailure): void {
    this.#owner.bodyEnded(failure)
  }

  /** Makes what was pulled ready to be written. */
  #makeReady(end: string): void {
    const { heldBytes } = this.#output
    const before = this.#encoder.before(heldBytes)
    this.#output.release(
      this.#head === undefined ? before : this.#head + before,
      this.#encoder.after(heldBytes) + end,
    )
    this.#head = undefined
  }
}
