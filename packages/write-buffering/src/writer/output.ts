import type { FieldsInit } from '@sluice/body'

/**
 * The writing end of a body. Its functions can be destructured and passed on alone.
 *
 * You may ignore every promise given here: its rejection is never an unhandled rejection.
 */
export interface Output {
  /**
   * Adds bytes, or a string as UTF-8. Settles once there is room again, which usually is at once.
   *
   * Bytes are kept, not copied, and must not be changed afterwards. Empty bytes mean nothing. A surrogate pair may be split
   * between two strings: the first half waits for the second, also over a flush and a pause. A half without its partner is sent
   * as U+FFFD: before bytes, before the end, and before an error. No part of a refused write is sent.
   *
   * @throws {TypeError} At the call, when it is neither a string nor a `Uint8Array`. Other views and buffers are refused.
   * @throws {BodyError} `WRITE_EXCESS`, `WRITE_AFTER_END` or `READER_GONE`, by rejection.
   */
  readonly write: (content: Uint8Array | string) => Promise<void>
  /**
   * Asks every layer to send what was written. Settles once that has been handed to the kernel. Rejects if it never will be,
   * with `READER_GONE` if the reader left before it saw the flush.
   *
   * Flushes without a write between them become one.
   */
  readonly flush: () => Promise<void>
  /**
   * Tells every layer that nothing comes until `until` fulfils. If it rejects, the body fails. Settles as `write` does, and
   * counts as one byte. You can go on writing: what is written leaves afterwards.
   *
   * @throws {TypeError} At the call, when `until` is not a promise.
   */
  readonly pause: (until: PromiseLike<unknown>) => Promise<void>
  /**
   * Ends the body, with trailers if some are given.
   *
   * @throws {TypeError} At the call, when a trailer field is invalid; the body has not ended then.
   * @throws {BodyError} `WRITE_AFTER_END`, at the call, after `finish` or `fail`.
   */
  readonly finish: (trailers?: FieldsInit) => void
  /**
   * Fails the body, after what was written.
   *
   * @throws {BodyError} `WRITE_AFTER_END`, at the call, after `finish` or `fail`; the error is its `cause`.
   */
  readonly fail: (error: unknown) => void
  /**
   * Fulfils when the reader has come to the end. Rejects when the body fails, or the reader leaves earlier (`READER_GONE`). The
   * work of `writing` must not wait for it: the end waits for the work.
   */
  readonly closed: Promise<void>
  /** Aborts when the reader leaves before the end, or the body fails. Made on first use. */
  readonly signal: AbortSignal
}
