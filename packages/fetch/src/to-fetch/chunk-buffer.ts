import { isData, isFlush, isPause, isTrailers } from '@sluice/body'
import { ByteQueue, observePause, settleReceipt } from '@sluice/body/engine'
import { flushLost, frameAfterTrailers, lengthMismatch } from '@sluice/stack/host'
import type { AnyFrame, Bytes, Receipt } from '@sluice/body'
import type { ErrorReports } from '@sluice/body/engine'

/** A chunk takes no more data once it has this many bytes. A frame is never cut. */
const fullBytes = 65_536

/** A small integer: V8 would store `Infinity` as an object. */
const noLength = -1

/** What a frame means for the chunk. */
export type Outcome = 'more' | 'chunk is full' | 'flush' | 'pause'

/** The chunk that is being gathered, the count of all bytes, and the receipts of flushes behind chunks that have left. */
export class ChunkBuffer {
  readonly #held = new ByteQueue()
  readonly #reports: ErrorReports | undefined
  /** Bytes still to come by the announced length. */
  #left: number
  #receipts: Receipt[] = []
  #hasTrailers = false

  constructor(length: number | undefined, reports: ErrorReports | undefined) {
    this.#left = length ?? noLength
    this.#reports = reports
  }

  get isEmpty(): boolean {
    return this.#held.byteLength === 0
  }

  /**
   * Takes a frame. A pause is waited for by the caller.
   *
   * @throws {BodyError} `LENGTH_MISMATCH`, `BODY_INVALID`.
   */
  take(frame: AnyFrame): Outcome {
    if (this.#hasTrailers) throw frameAfterTrailers(frame)
    if (isData(frame)) {
      this.#hold(frame.bytes)
      return this.#held.byteLength < fullBytes ? 'more' : 'chunk is full'
    }
    if (isFlush(frame)) {
      if (frame.sent !== undefined) this.#receipts.push(frame.sent)
      return 'flush'
    }
    if (isPause(frame)) {
      observePause(frame)
      return 'pause'
    }
    if (isTrailers(frame)) this.#hasTrailers = true
    return 'more'
  }

  /** @throws {BodyError} `LENGTH_MISMATCH` if there were fewer bytes than announced. */
  checkEnd(): void {
    if (this.#left > 0) throw lengthMismatch('fewer')
  }

  release(): Bytes {
    return this.#held.take(this.#held.byteLength)
  }

  /** All that was released has been taken. */
  settleReceipts(): void {
    if (this.#receipts.length > 0) this.#tell(undefined)
  }

  drop(): void {
    this.#held.clear()
    if (this.#receipts.length > 0) this.#tell(flushLost())
  }

  #hold(bytes: Bytes): void {
    if (this.#left !== noLength) {
      this.#left -= bytes.length
      if (this.#left < 0) throw lengthMismatch('more')
    }
    this.#held.push(bytes)
  }

  #tell(lost: unknown): void {
    const receipts = this.#receipts
    this.#receipts = []
    for (const sent of receipts) settleReceipt(sent, lost, this.#reports)
  }
}
