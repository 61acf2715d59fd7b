import { nothing, quiet } from '@sluice/body/engine'
import { undiciVersion } from '../to-fetch/runtime.ts'

// Leaving a stream is cancelling it, except that undici, in Node, does not expect it of two of the streams that it makes itself:
//
// - Of an async iterable it makes a byte stream. If that is cancelled during a read, and the iterable then ends, undici closes it a second
//   time, in a microtask.
// - Of FormData it makes a stream that it fills whether or not it is read. In Node 26 filling a cancelled one rejects a promise of its own.
//
// Nothing can catch either error: it ends the process, so a client that leaves would.

export type WebStream = NonNullable<Response['body']>
export type WebReader = ReadableStreamDefaultReader<unknown>

/** `drain`: what is left is read and dropped. */
export type Leaving = 'at once' | 'after the read' | 'drain'

/**
 * Leaves a stream before its end.
 *
 * @param leaving `drain` for FormData; `at once` for streams that undici does not make of an async iterable.
 * @param reader That of the stream, without a read.
 */
export const leaveStream = (reader: WebReader, leaving: Leaving): void | Promise<void> => {
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
  stream: WebStream,
  reader: WebReader,
  leaving: Leaving,
): void | Promise<void> => {
  if (leaving !== 'after the read' || undiciVersion === undefined)
    return leaveStream(reader, leaving)
  reader.releaseLock()
  const isOfBytes = hasByteReader(stream)
  const next = stream.getReader()
  return isOfBytes ? cancelAfterRead(next) : next.cancel()
}

const hasByteReader = (stream: WebStream): boolean => {
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
const cancelAfterRead = (reader: WebReader): Promise<void> =>
  reader.read().then(() => reader.cancel(), nothing)

const drain = async (reader: WebReader): Promise<void> => {
  for (;;) if ((await reader.read()).done) return
}
