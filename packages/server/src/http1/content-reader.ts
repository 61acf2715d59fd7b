import { BodyError, data } from '@sluice/body'
import { chunkedDecoder } from '@sluice/chunked-input'
import type { Data, Trailers } from '@sluice/body'
import type { ChunkedDecoder } from '@sluice/chunked-input'
import type { Framing } from './framing.ts'
import type { InputQueue } from './input-queue.ts'
import type { RequestLimits } from './limits.ts'

/** Reads the content of one request. */
export interface ContentReader {
  /** Bytes of content that were not given yet; `Infinity` if the framing does not say. */
  readonly bytesLeft: number
  /**
   * Gives the next frame, or `undefined` if more input is needed.
   *
   * @throws {BodyError} If the content is malformed, after the frames before that place.
   */
  next(input: InputQueue | undefined): Data | Trailers | 'end' | undefined
  /** The error if no more input comes. */
  endedEarly(): BodyError
}

/** Makes the reader of content that is delimited in this way (RFC 9112 section 6.3). */
export const contentReader = (framing: Framing, limits: RequestLimits): ContentReader => {
  switch (framing.kind) {
    case 'none':
      return noContentReader
    case 'length':
      return new LengthReader(framing.bytes)
    case 'chunked':
      return new ChunkedReader(limits)
  }
}

/** The error if the input ends in the middle of a request. */
export const endedEarly = (part: 'head' | 'content'): BodyError =>
  new BodyError(
    'BODY_ENDED_EARLY',
    `Cannot read the request: the connection ended in the middle of its ${part}`,
  )

const noContentReader: ContentReader = {
  bytesLeft: 0,
  next: () => 'end',
  endedEarly: () => endedEarly('content'),
}

class LengthReader implements ContentReader {
  bytesLeft: number

  constructor(bytes: number) {
    this.bytesLeft = bytes
  }

  next(input: InputQueue | undefined): Data | 'end' | undefined {
    if (this.bytesLeft === 0) return 'end'
    const piece = input?.shift()
    if (piece === undefined) return undefined
    if (piece.length <= this.bytesLeft) {
      this.bytesLeft -= piece.length
      return data(piece)
    }
    const part = piece.subarray(0, this.bytesLeft)
    input?.putBack(piece.subarray(this.bytesLeft))
    this.bytesLeft = 0
    return data(part)
  }

  endedEarly(): BodyError {
    return endedEarly('content')
  }
}

const noFrames: readonly (Data | Trailers)[] = []

class ChunkedReader implements ContentReader {
  readonly bytesLeft: number = Number.POSITIVE_INFINITY
  readonly #decoder: ChunkedDecoder
  #frames = noFrames
  #at = 0

  constructor(limits: RequestLimits) {
    this.#decoder = chunkedDecoder({
      maxLineBytes: limits.maxChunkLineBytes,
      maxOverheadBytes: limits.maxChunkOverheadBytes,
      maxExtensionBytes: limits.maxChunkExtensionBytes,
      maxTrailerBytes: limits.maxTrailerBytes,
      maxTrailerFields: limits.maxTrailerFields,
    })
  }

  next(input: InputQueue | undefined): Data | Trailers | 'end' | undefined {
    for (;;) {
      const frame = this.#frames[this.#at++]
      if (frame !== undefined) return frame
      this.#frames = noFrames
      this.#at = 0
      const decoder = this.#decoder
      if (decoder.failure !== undefined) throw decoder.failure
      if (decoder.done) return 'end'
      const piece = input?.shift()
      if (piece === undefined) return undefined
      this.#frames = decoder.decode(piece)
      if (decoder.rest !== undefined) input?.putBack(decoder.rest)
    }
  }

  endedEarly(): BodyError {
    return this.#decoder.end() ?? endedEarly('content')
  }
}
