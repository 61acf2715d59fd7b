import { BodyError, concat, data, isData, isTrailers } from '@sluice/body'
import { latin1Bytes, passingTraits } from '@sluice/body/engine'
import { frameFilter } from '@sluice/filter'
import { chunkHead } from './encode-chunk-head.ts'
import { lastChunk } from './encode-last-chunk.ts'
import type { AnyFrame, Trailers } from '@sluice/body'
import type { FrameFilter } from '@sluice/filter'

/** Copying data of up to this size costs less than two more frames. */
const joinBelowBytes = 4096

/**
 * Encodes a body in the chunked coding: one chunk for each data frame, and at the end the last chunk with the trailers.
 *
 * Holds the trailers until the source ends, and no data. Flush, pause and unknown kinds pass in their places. Frames under
 * 4 KiB are copied; larger ones pass uncopied between two small frames. After an error there is no last chunk: the reader sees
 * that the body is cut off. RFC 9112 section 7.1.
 *
 * @throws {TypeError} While reading, when a field must not stand in a trailer section (RFC 9110 section 6.5.1).
 * @throws {BodyError} `BODY_INVALID`, while reading, when data or trailers come after the trailers.
 *
 * @example
 * ```ts
 * import { readText, toBody } from '@sluice/body'
 * import { encodeChunked } from '@sluice/chunked-input'
 *
 * const body = encodeChunked()(toBody('hello'))
 * if ((await readText(body)) !== '5\r\nhello\r\n0\r\n\r\n') throw new Error('not encoded')
 * ```
 */
export const encodeChunked = (): FrameFilter<Trailers> =>
  frameFilter<Trailers>(
    'encodeChunked',
    () => {
      let last: string | undefined
      return {
        frame(frame) {
          if (!isData(frame) && !isTrailers(frame)) return frame
          if (last !== undefined) throw afterTrailers(frame.kind)
          if (isData(frame)) return chunkOf(frame.bytes)
          last = lastChunk(frame.fields)
          return undefined
        },
        end: () => data(latin1Bytes(last ?? lastChunk())),
      }
    },
    { traits: { ...passingTraits, bytes: 'changed' } },
  )

const lineEnd = Uint8Array.of(13, 10)

const chunkOf = (bytes: Uint8Array): AnyFrame | readonly AnyFrame[] => {
  const parts = [latin1Bytes(chunkHead(bytes.length)), bytes, lineEnd]
  return bytes.length < joinBelowBytes ? data(concat(parts)) : parts.map(data)
}

const afterTrailers = (kind: string) =>
  new BodyError('BODY_INVALID', `Cannot write the body: found ${kind} after trailers, wanted none`)
