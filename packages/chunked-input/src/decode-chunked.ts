import { BodyError, isData, isTrailers } from '@sluice/body'
import { passingTraits } from '@sluice/body/engine'
import { frameFilter } from '@sluice/filter'
import { chunkInvalid } from './chunk-invalid.ts'
import { chunkedDecoder } from './chunked-decoder.ts'
import type { AnyFrame, Data, Trailers } from '@sluice/body'
import type { FrameFilter } from '@sluice/filter'
import type { ChunkedDecoderOptions } from './chunked-decoder.ts'

export interface DecodeChunkedOptions extends ChunkedDecoderOptions {
  /** Called with bytes after the end of the coding. Without it they are an error. */
  readonly onRest?: (bytes: Uint8Array) => void
}

/**
 * Decodes a body in the chunked coding.
 *
 * Holds the trailers until the source ends, and no data. Flush, pause and unknown kinds pass in their places. Frames before an
 * error are given first. Reads its source to the end, also after the end of the coding.
 *
 * @param options.onRest Called with bytes after the end of the coding; without it they are an error.
 * @throws {RangeError} At the call, when a limit is not a whole number; see `chunkedDecoder` for the limits.
 * @throws {BodyError} While reading: `CHUNK_INVALID`, `TRAILERS_INVALID` (400) if the coding is malformed or bytes
 * follow it; `CHUNK_LINE_TOO_LONG` (400), `CHUNK_OVERHEAD` (413), `TRAILERS_TOO_LARGE` (431) over a limit;
 * `BODY_ENDED_EARLY` (400) if the source ends first; `BODY_INVALID` if the source has trailers of its own.
 *
 * @example
 * ```ts
 * import { readText, toBody } from '@sluice/body'
 * import { decodeChunked } from '@sluice/chunked-input'
 *
 * const body = decodeChunked()(toBody('5\r\nhello\r\n0\r\n\r\n'))
 * if ((await readText(body)) !== 'hello') throw new Error('not decoded')
 * ```
 */
export const decodeChunked = (options: DecodeChunkedOptions = {}): FrameFilter<never, Trailers> => {
  const { onRest } = options
  // Checks the limits at the call.
  chunkedDecoder(options)
  return frameFilter<never, Trailers>(
    'decodeChunked',
    () => {
      const decoder = chunkedDecoder(options)
      let trailers: Trailers | undefined
      return {
        frame(frame) {
          if (isTrailers(frame)) throw trailersOutside()
          if (!isData(frame)) return frame
          const content: Data[] = []
          for (const decoded of decoder.decode(frame.bytes))
            if (decoded.kind === 'trailers') trailers = decoded
            else content.push(decoded)
          if (decoder.failure !== undefined) return failAfter(content, decoder.failure)
          const { rest } = decoder
          if (rest !== undefined && onRest === undefined)
            return failAfter(content, bytesAfter(rest))
          if (rest !== undefined) return thenTell(content, () => onRest?.(rest))
          return content.length === 1 ? content[0] : content
        },
        end() {
          const failure = decoder.end()
          if (failure !== undefined) throw failure
          return trailers
        },
      }
    },
    { traits: { ...passingTraits, bytes: 'changed' } },
  )
}

/** The reader gets the frames before the error. */
function* failAfter(frames: readonly Data[], failure: BodyError): Generator<AnyFrame> {
  yield* frames
  throw failure
}

/** Hands on the rest once the content before it has been taken. */
function* thenTell(frames: readonly Data[], tell: () => void): Generator<AnyFrame> {
  yield* frames
  tell()
}

const bytesAfter = (rest: Uint8Array) =>
  chunkInvalid(`${rest.length} bytes after its end`, 'none, or a reader for them')

const trailersOutside = () =>
  new BodyError(
    'BODY_INVALID',
    'Cannot read the chunked body: found trailers outside the coding, wanted bytes',
  )
