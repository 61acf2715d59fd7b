import { textOf } from '../parsing/cuts.ts'
import { within } from '../within.ts'

/** A reader of the body of a response, or of a stream; each chunk as text, and `undefined` at the end. */
export interface TextReader {
  read(): Promise<string | undefined>
  cancel(reason?: unknown): Promise<void>
}

export const textReader = (from: Response | ReadableStream<Uint8Array>): TextReader => {
  const stream = 'getReader' in from ? from : from.body
  if (stream === null) throw new Error('it has no body')
  const reader = stream.getReader()
  return {
    async read() {
      const { done, value } = await within(2000, reader.read())
      return done ? undefined : textOf(value)
    },
    cancel: (reason) => reader.cancel(reason),
  }
}

/** Every chunk of a stream as text. */
export const chunksOf = async (
  from: Response | ReadableStream<Uint8Array>,
): Promise<readonly string[]> => {
  const reader = textReader(from)
  const chunks: string[] = []
  for (let chunk = await reader.read(); chunk !== undefined; chunk = await reader.read())
    chunks.push(chunk)
  return chunks
}
