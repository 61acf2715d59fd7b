import { concat } from '@sluice/body'
import { chunkedDecoder } from '@sluice/chunked-input'
import type { ChunkedDecoderOptions } from '@sluice/chunked-input'

export const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

/** What became of a body in the chunked coding, as Latin-1. */
export interface Decoded {
  readonly data: string
  readonly trailers: readonly (readonly [string, string])[]
  readonly rest: string
  readonly end: string
}

/** Decodes pieces with a new decoder: `end` is `done`, `open` or the code of the failure. */
export const decodePieces = (
  pieces: readonly Uint8Array[],
  options?: ChunkedDecoderOptions,
): Decoded => {
  const decoder = chunkedDecoder(options)
  const data: Uint8Array[] = []
  const rest: Uint8Array[] = []
  const trailers: (readonly [string, string])[] = []
  for (const piece of pieces) {
    for (const frame of decoder.decode(piece))
      if (frame.kind === 'trailers') trailers.push(...frame.fields)
      else if (frame.bytes.length === 0) throw new Error('an empty frame')
      else if (trailers.length > 0) throw new Error('data after the trailers')
      else data.push(frame.bytes)
    if (decoder.rest !== undefined) rest.push(decoder.rest)
  }
  return {
    data: textOf(concat(data)),
    trailers,
    rest: textOf(concat(rest)),
    end: decoder.failure?.code ?? (decoder.done ? 'done' : 'open'),
  }
}
