import { BodyError } from '@sluice/body'
import { chunkHead, lastChunk } from '@sluice/chunked-input'
import type { Fields } from '@sluice/body'
import type { ResponseFraming } from './response-head.ts'

/**
 * Encodes the content of a response as its framing wants it, and checks its length (RFC 9112 section 6).
 *
 * Holds no bytes. Whoever writes to the client counts each piece of content, gathers as many as it likes, and sends
 * `before(byteLength)`, the pieces and `after` together: one chunk if the framing is chunked, the bare pieces if it is not.
 */
export class ContentEncoder {
  readonly #framing: ResponseFraming
  /** Bytes that the length still allows. 0 if there is no length: `Infinity` would be an object of its own. */
  #left: number

  constructor(framing: ResponseFraming) {
    this.#framing = framing
    this.#left = framing.kind === 'length' ? framing.bytes : 0
  }

  /** Counts content that is to be sent. @throws {BodyError} `LENGTH_MISMATCH` if it is more than the length says. */
  count(byteLength: number): void {
    if (this.#framing.kind !== 'length') return
    this.#left -= byteLength
    if (this.#left < 0) throw lengthMismatch('more')
  }

  /** What stands before so many bytes of content. */
  before(byteLength: number): string {
    return this.#framing.kind === 'chunked' && byteLength > 0 ? chunkHead(byteLength) : ''
  }

  /** What stands after so many bytes of content. */
  after(byteLength: number): string {
    return this.#framing.kind === 'chunked' && byteLength > 0 ? '\r\n' : ''
  }

  /** What stands after all content. @throws {BodyError} `LENGTH_MISMATCH` if the content was shorter than its length says. */
  end(trailers: Fields | undefined): string {
    if (this.#framing.kind === 'length' && this.#left > 0) throw lengthMismatch('fewer')
    return this.#framing.kind === 'chunked' ? lastChunk(trailers) : ''
  }
}

const lengthMismatch = (found: string) =>
  new BodyError(
    'LENGTH_MISMATCH',
    `Cannot send the body: found ${found} bytes than its length says`,
  )
