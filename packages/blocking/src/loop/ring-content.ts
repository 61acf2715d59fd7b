import type { Bytes } from '@sluice/body'
import type { RingReader } from '../channel/ring-reader.ts'

const frameBytes = 65_536

/** If fewer bytes have come, memory of their own costs little, and a slow response keeps no more than it needs. */
const leastLent = 16_384

/** The content of a response, frame by frame, as it comes out of its ring. */
export class RingContent {
  readonly #reader: RingReader
  #lends = false
  /** The memory of all large frames that are lent. The kernel has to fault new memory in, which costs more than to copy. */
  #block: Buffer<ArrayBuffer> | undefined

  constructor(reader: RingReader) {
    this.#reader = reader
  }

  /** As that of `Pull`. */
  lend(): void {
    this.#lends = true
  }

  /** Takes the data that is next. */
  take(): Bytes {
    if (!this.#lends || !this.#reader.hasUnread(leastLent)) return this.#reader.takeData(frameBytes)
    this.#block ??= Buffer.allocUnsafeSlow(frameBytes)
    const byteLength = this.#reader.takeDataInto(this.#block)
    return byteLength === frameBytes ? this.#block : this.#block.subarray(0, byteLength)
  }
}
