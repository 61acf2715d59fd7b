import { concat } from '@sluice/body'
import { encodeText, quiet } from '@sluice/body/engine'
import type { AnyFrame, Bytes } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { FetchHead } from './fetch-head.ts'

/** The content, if it is a value that is there at once. */
export const wholeContent = (
  { length, headers }: FetchHead,
  source: Pull<AnyFrame>,
): string | Bytes | undefined => {
  const whole = source.whole?.(length)
  if (whole === undefined) return undefined
  if (typeof whole !== 'string') return concat([whole])
  // `new Response` gives a text a type if the handler gave none.
  return headers.some(isType) ? whole : concat([encodeText(whole)])
}

const isType = ([name]: readonly [string, string]): boolean => name === 'content-type'

/** A response whose host finds the length by itself. */
export const wholeResponse = (
  { status, headers }: FetchHead,
  content: string | Bytes | undefined,
): Response => new Response(content ?? null, { status, headers: initOf(headers) })

/** Deno keeps its fast way for a record of a content type alone. */
const initOf = (headers: FetchHead['headers']): FetchHead['headers'] | Record<string, string> => {
  const only = headers.length === 1 ? headers[0] : undefined
  return only === undefined ? headers : { [only[0]]: only[1] }
}

export const streamedResponse = (
  { status, headers, length }: FetchHead,
  stream: ReadableStream<Bytes>,
): Response => {
  if (length === undefined) return new Response(stream, { status, headers })
  if (!headers.some(isLength)) headers.push(['content-length', String(length)])
  return new Response(ofLength(stream, length), { status, headers })
}

const isLength = ([name]: readonly [string, string]): boolean => name === 'content-length'

/** workerd ignores the field, and sends the length of a stream of its class `FixedLengthStream`. */
const ofLength = (stream: ReadableStream<Bytes>, length: number): ReadableStream<Bytes> => {
  const FixedLengthStream: unknown = Reflect.get(globalThis, 'FixedLengthStream')
  if (typeof FixedLengthStream !== 'function') return stream
  const { readable, writable }: StreamPair = Reflect.construct(FixedLengthStream, [length])
  pump(stream.getReader(), writable.getWriter())
  return readable
}

interface StreamPair {
  readonly readable: ReadableStream<Bytes>
  readonly writable: WritableStream<Bytes>
}

/** As `pipeTo`, which does not cancel the source of a stream that was cancelled before it gives its next chunk. Never rejects. */
const pump = async (
  reader: ReadableStreamDefaultReader<Bytes>,
  writer: WritableStreamDefaultWriter<Bytes>,
): Promise<void> => {
  writer.closed.catch((reason) => {
    quiet(reader.cancel(reason))
  })
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read())
      await writer.write(next.value)
    await writer.close()
  } catch (error) {
    quiet(writer.abort(error))
  }
}
