import { chunkedDecoder } from '@sluice/chunked-input'
import type { Data, Trailers } from '@sluice/body'
import type { ChunkedDecoder } from '@sluice/chunked-input'
import type { InputPieces } from './input-buffer.ts'
import type { RequestLimits } from './limits.ts'

const none: readonly (Data | Trailers)[] = []

/** Content in the chunked coding, a frame at a time. */
export class ChunkedContent {
  readonly decoder: ChunkedDecoder
  #frames = none
  #at = 0

  constructor(limits: RequestLimits) {
    this.decoder = chunkedDecoder({
      maxLineBytes: limits.maxChunkLineBytes,
      maxOverheadBytes: limits.maxChunkOverheadBytes,
      maxExtensionBytes: limits.maxChunkExtensionBytes,
      maxTrailerBytes: limits.maxTrailerBytes,
      maxTrailerFields: limits.maxTrailerFields,
    })
  }

  /**
   * The next frame; `undefined` where more input is wanted.
   *
   * @throws {BodyError} When the coding is malformed, after the frames before that.
   */
  next(input: InputPieces): Data | Trailers | 'end' | undefined {
    for (;;) {
      const frame = this.#frames[this.#at++]
      if (frame !== undefined) return frame
      this.#frames = none
      this.#at = 0
      const { decoder } = this
      if (decoder.failure !== undefined) throw decoder.failure
      if (decoder.done) return 'end'
      const piece = input.shift()
      if (piece === undefined) return undefined
      this.#frames = decoder.decode(piece)
      if (decoder.rest !== undefined) input.putBack(decoder.rest)
    }
  }
}
