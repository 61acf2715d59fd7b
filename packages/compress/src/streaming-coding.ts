import { ZlibCoder } from './zlib-coder.ts'
import type { Segments } from './held-coding.ts'
import type { ZlibStream } from './zlib-coder.ts'

/** A coding that can compress in place only whole streams. */
export interface StreamCoding {
  /** Makes a context. */
  readonly start: () => ZlibStream
  /** Up to this many bytes are compressed in place, more in the thread pool. */
  readonly inPlaceBytes: number
  /** Compresses a whole stream in place. */
  readonly whole: (bytes: Uint8Array) => Uint8Array
  /** The operation that flushes all output. */
  readonly flushKind: number
  /** Whether streams may follow each other, so that a pause can end one and free the context. */
  readonly restsAtPause: boolean
}

/** Compresses with a context that lives from the first flush or block to the end, or to a pause if the coding can rest. */
export class StreamingCoding implements Segments {
  readonly #coding: StreamCoding
  #coder: ZlibCoder | undefined
  /** Whether a stream has ended: the output so far is complete. */
  #isWhole = false

  constructor(coding: StreamCoding) {
    this.#coding = coding
  }

  /** Flushed, since brotli would hold eight blocks and more. This costs half a percent of the size. */
  block(bytes: Uint8Array): AsyncIterable<Uint8Array> {
    return this.#open().flush(bytes, this.#coding.flushKind)
  }

  flush(bytes: Uint8Array, isPause: boolean): Uint8Array | AsyncIterable<Uint8Array> | undefined {
    if (isPause && this.#coding.restsAtPause)
      return bytes.length > 0 || this.#coder !== undefined ? this.#whole(bytes) : undefined
    return bytes.length > 0 ? this.#open().flush(bytes, this.#coding.flushKind) : undefined
  }

  end(bytes: Uint8Array): Uint8Array | AsyncIterable<Uint8Array> | undefined {
    // Empty content is an empty stream; no bytes at all are not a stream.
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
