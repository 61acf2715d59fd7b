import { ZlibCoder } from './zlib-coder.ts'
import type { Segments } from './held-coding.ts'
import type { ZlibStream } from './zlib-coder.ts'

/** A coding of which only whole streams can be made in place. */
export interface StreamCoding {
  /** Makes a context. */
  readonly start: () => ZlibStream
  /** Up to this much is compressed in place, more in the thread pool. */
  readonly inPlaceBytes: number
  /** Compresses a whole at once, in place. */
  readonly whole: (bytes: Uint8Array) => Uint8Array
  /** The operation that lets everything out. */
  readonly flushKind: number
  /** Whether a stream may follow another, so that a pause can end one and free the context. */
  readonly restsAtPause: boolean
}

/** Compresses with a context that lives from the first flush or block to the end, or to a pause where the coding rests. */
export class StreamingCoding implements Segments {
  readonly #coding: StreamCoding
  #coder: ZlibCoder | undefined
  /** Whether a stream has ended: what came so far is a whole. */
  #isWhole = false

  constructor(coding: StreamCoding) {
    this.#coding = coding
  }

  /** Flushed, or else brotli holds eight blocks and more; it costs half a percent of the size. */
  block(bytes: Uint8Array): AsyncIterable<Uint8Array> {
    return this.#open().flush(bytes, this.#coding.flushKind)
  }

  flush(bytes: Uint8Array, isPause: boolean): Uint8Array | AsyncIterable<Uint8Array> | undefined {
    if (isPause && this.#coding.restsAtPause)
      return bytes.length > 0 || this.#coder !== undefined ? this.#whole(bytes) : undefined
    return bytes.length > 0 ? this.#open().flush(bytes, this.#coding.flushKind) : undefined
  }

  end(bytes: Uint8Array): Uint8Array | AsyncIterable<Uint8Array> | undefined {
    // Content of nothing is a stream of nothing; no bytes at all are none.
    const isNeeded = bytes.length > 0 || this.#coder !== undefined || !this.#isWhole
    return isNeeded ? this.#whole(bytes) : undefined
  }

  close(): void {
    this.#coder?.close()
    this.#coder = undefined
  }

  #whole(bytes: Uint8Array): Uint8Array | AsyncIterable<Uint8Array> {
    this.#isWhole = true
    const isInPlace = this.#coder === undefined && bytes.length <= this.#coding.inPlaceBytes
    return isInPlace ? this.#coding.whole(bytes) : this.#ended(bytes)
  }

  async *#ended(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    yield* this.#open().end(bytes)
    this.close()
  }

  #open(): ZlibCoder {
    this.#coder ??= new ZlibCoder(this.#coding.start())
    return this.#coder
  }
}
