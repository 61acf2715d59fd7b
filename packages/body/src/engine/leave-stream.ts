import { nothing, quiet } from './deferred.ts'
import { undiciVersion } from './platform.ts'

// Leaving a stream is cancelling it, except that undici, in Node, does not expect it of two of the streams that it makes itself:
//
// - Of an async iterable it makes a byte stream. If that is cancelled during a read, and the iterable then ends, undici closes it a second
//   time, in a microtask.
// - Of FormData it makes a stream that it fills whether or not it is read. In Node 26 filling a cancelled one rejects a promise of its own.
//
// Nothing can catch either error: it ends the process, so a client that leaves would.

/** The reader of a web stream, by shape. */
interface StreamReader {
  read(): Promise<{ readonly done: boolean; readonly value?: unknown }>
  cancel(): Promise<void>
  releaseLock(): void
}

/** A web stream, by shape. */
interface Stream {
  getReader(): StreamReader
  getReader(options: { mode: 'byob' }): { releaseLock(): void }
}

/** A fetch `Response`, or what has its body, by shape. */
interface WithStream {
  readonly headers: { get(name: string): string | null }
  readonly url: string
}

/** `drain`: what is left is read and dropped. */
export type Leaving = 'at once' | 'after the read' | 'drain'

/** How the stream of a response is left. FormData has this type. What came by `fetch` has a URL, and is neither FormData nor an iterable. */
export const leavingOf = ({ headers, url }: WithStream): Leaving => {
  if (url !== '') return 'at once'
  const isForm = headers.get('content-type')?.startsWith('multipart/form-data') === true
  return isForm ? 'drain' : 'after the read'
}

/**
 * Leaves a stream before its end.
 *
 * @param leaving `drain` for FormData; `at once` for streams that undici does not make of an async iterable.
 * @param reader That of the stream, without a read.
 */
export const leaveStream = (reader: StreamReader, leaving: Leaving): void | Promise<void> => {
  if (leaving !== 'drain' || undiciVersion === undefined) return reader.cancel()
  quiet(drain(reader))
}

/**
 * As `leaveStream`, during a read. The promise of the read may reject.
 *
 * `after the read`, a byte stream is cancelled when the read ends. For an async generator that is no later: it cannot return
 * before it yields. Any other stream is cancelled at once.
 */
export const leaveDuringRead = (
  stream: Stream,
  reader: StreamReader,
  leaving: Leaving,
): void | Promise<void> => {
  if (leaving !== 'after the read' || undiciVersion === undefined)
    return leaveStream(reader, leaving)
  reader.releaseLock()
  const isOfBytes = hasByteReader(stream)
  const next = stream.getReader()
  return isOfBytes ? cancelAfterRead(next) : next.cancel()
}

const hasByteReader = (stream: Stream): boolean => {
  try {
    stream.getReader({ mode: 'byob' }).releaseLock()
    return true
  } catch {
    return false
  }
}

/**
 * This read gets what the one before it waited for: the stream asks its source once for both. A source that fails then has nothing to
 * cancel.
 */
const cancelAfterRead = (reader: StreamReader): Promise<void> =>
  reader.read().then(() => reader.cancel(), nothing)

const drain = async (reader: StreamReader): Promise<void> => {
  for (;;) if ((await reader.read()).done) return
}
