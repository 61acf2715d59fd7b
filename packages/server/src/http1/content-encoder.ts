import { chunkHead, lastChunk } from '@sluice/chunked-input'
import { lengthMismatch } from '@sluice/stack/host'
import type { Fields } from '@sluice/body'
import type { ResponseFraming } from './response-framing.ts'

/** A small integer: V8 would store `Infinity` as an object. */
const noLength = -1

/**
 * Encodes the content of a response as its framing wants it, and checks its length (RFC 9112 section 6).
 *
 * Holds no bytes. The writer counts each piece of content, gathers any number of pieces, and sends
 * `before(byteLength)`, the pieces and `after(byteLength)` together: one chunk if the framing is chunked, otherwise the bare pieces.
 */
export class ContentEncoder {
  readonly #isChunked: boolean
  /** Bytes still to come by the announced length. */
  #left: number

  constructor(framing: ResponseFraming) {
    this.#isChunked = framing.kind === 'chunked'
    this.#left = framing.kind === 'length' ? framing.bytes : noLength
  }

  /** Counts content that is to be sent. @throws {BodyError} `LENGTH_MISMATCH` if it is more than the length says. */
  count(byteLength: number): void {
    if (this.#left === noLength) return
    this.#left -= byteLength
    if (this.#left < 0) throw lengthMismatch('more')
  }

  /** The head of a chunk of `byteLength` bytes. Empty for no bytes: an empty chunk would be the last one. */
  before(byteLength: number): string {
    return this.#isChunked && byteLength > 0 ? chunkHead(byteLength) : ''
  }

  /** The line end after a chunk of `byteLength` bytes. */
  after(byteLength: number): string {
    return this.#isChunked && byteLength > 0 ? '\r\n' : ''
  }

  /**
   * The end of the content: the last chunk and the trailers.
   *
   * @throws {BodyError} `LENGTH_MISMATCH` if the content was shorter than its length says.
   */
  end(trailers: Fields | undefined): string {
    if (this.#left > 0) throw lengthMismatch('fewer')
    return this.#isChunked ? lastChunk(trailers) : ''
  }
}
