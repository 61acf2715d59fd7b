import { BodyReader } from './body-reader.ts'
import { pullFrom } from './engine/pull.ts'
import type { AnyFrame, Body, Bytes, Data, Fields, Trailers } from './frames.ts'

export interface LineOptions {
  /** Bytes that a line may have, its end not counted; 64 KiB by default. */
  readonly maxBytes?: number
}

/** A cursor over a body. One call at a time; after an error of the body every later call is told it too. */
export interface Reader<F extends AnyFrame> {
  /** What has arrived, waiting for no more than the first byte; at most `maxBytes`; `undefined` at the end. */
  read(maxBytes?: number): Promise<Bytes | undefined>
  /** Exactly `byteLength` bytes. @throws {BodyError} `BODY_ENDED_EARLY` when there are fewer. */
  readExactly(byteLength: number): Promise<Bytes>
  /**
   * The next line as UTF-8, without its LF or CRLF, which the last line need not have; `undefined` at the end. A byte order
   * mark at the beginning of the body is dropped, as by `text`.
   *
   * @throws {BodyError} `LINE_TOO_LONG`.
   */
  readLine(options?: LineOptions): Promise<string | undefined>
  /** All lines to come; calls of `next()` ahead are answered in order. Leaving the loop early closes the body. */
  lines(options?: LineOptions): AsyncIterableIterator<string>
  /** The next bytes without taking them: `byteLength` of them, or fewer where the body ends before. */
  peek(byteLength: number): Promise<Bytes>
  /** The remaining body, beginning with what is held here. The reader is done with it. */
  rest(): Body<F | Data | Trailers>
  /** The trailers, once they have been read; `undefined` before, and where there are none. */
  readonly trailers: Fields | undefined
  /** Closes the body, also while a call is waiting. What was not read is gone: later calls fail with `BODY_USED`. */
  close(): Promise<void>
}

/**
 * Reads a body piece by piece: what has arrived, so many bytes, a line, the rest.
 *
 * Holds what was pulled and not yet taken: no more than one frame beyond what the call asks for. Bytes are copied where
 * what is asked for spans frames. Waits for pauses, tells flushes that they have been read, passes over other kinds.
 *
 * @throws {BodyError} `BODY_USED`, at the call, when the body has been read before, and from any method after `rest()`, or
 * while another call is waiting. What gives a promise rejects and never throws.
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
