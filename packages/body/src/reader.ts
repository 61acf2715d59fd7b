import { BodyReader } from './body-reader.ts'
import { pullFrom } from './engine/pull.ts'
import type { AnyFrame, Body, Bytes, Data, Fields, Trailers } from './frames.ts'

export interface LineOptions {
  /** The most bytes that a line may have, without its line end; 64 KiB by default. */
  readonly maxBytes?: number
}

/** A cursor over a body. One call at a time. After an error of the body every later call fails with that error. */
export interface Reader<F extends AnyFrame> {
  /** What has arrived, at least one byte and at most `maxBytes`; `undefined` at the end. Waits only if nothing has arrived. */
  read(maxBytes?: number): Promise<Bytes | undefined>
  /** Exactly `byteLength` bytes. @throws {BodyError} `BODY_ENDED_EARLY` when there are fewer. */
  readExactly(byteLength: number): Promise<Bytes>
  /**
   * The next line as UTF-8, without its LF or CRLF; `undefined` at the end. The last line may have no line end. A byte order mark
   * at the beginning of the body is dropped, as by `readText`.
   *
   * @throws {BodyError} `LINE_TOO_LONG`.
   */
  readLine(options?: LineOptions): Promise<string | undefined>
  /** All remaining lines. Calls of `next()` may overlap and are answered in order. Leaving the loop early closes the body. */
  lines(options?: LineOptions): AsyncIterableIterator<string>
  /** The next bytes without taking them: `byteLength` of them, or fewer if the body ends first. */
  peek(byteLength: number): Promise<Bytes>
  /** The remaining body, including the bytes held here. The reader cannot be used any more. */
  rest(): Body<F | Data | Trailers>
  /** The trailers, once they have been read; `undefined` before that, and if there are none. */
  readonly trailers: Fields | undefined
  /** Closes the body, even while a call is waiting. Unread bytes are dropped, and later calls fail with `BODY_USED`. */
  close(): Promise<void>
}

/**
 * Reads a body piece by piece: what has arrived, a number of bytes, a line, the rest.
 *
 * Holds bytes that were pulled but not read: no more than one frame beyond what a call asks for. Bytes are copied only if a
 * result spans frames. Waits for pauses, calls the receipts of flushes, skips frames of other kinds.
 *
 * @throws {BodyError} `BODY_USED`: at the call, if the body has been read before; from any method after `rest()`, or while another
 * call is waiting. Methods that return a promise reject and never throw.
 *
 * @example
 * ```ts
 * import { reader, readText, toBody } from '@sluice/body'
 *
 * const from = reader(toBody('name: value\n\ncontent'))
 * await from.readLine()
 * await from.readLine()
 * if ((await readText(from.rest())) !== 'content') throw new Error('lost')
 * ```
 */
export const reader = <F extends AnyFrame>(body: Body<F>): Reader<F> =>
  new BodyReader(pullFrom(body), body.byteLength)
