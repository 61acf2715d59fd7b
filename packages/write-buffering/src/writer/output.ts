import type { FieldsInit } from '@sluice/body'

/** What becomes of a write that was not waited for and goes over the bound; see `WriterOptions`. */
export type WritePolicy = 'refuse' | 'drop' | 'wait'

export interface WriterOptions {
  /** From how many waiting bytes on `write` asks its caller to wait; 64 KiB by default. */
  readonly highWaterBytes?: number
  /**
   * What becomes of a write, made without waiting for room, that would bring the waiting bytes over twice `highWaterBytes`.
   *
   * - `refuse`, the default: it rejects with `WRITE_EXCESS`, and since its bytes are missing the body fails with that too,
   *   after what stood before it.
   * - `drop`: it rejects with `WRITE_EXCESS` and the body goes on without it, for pieces that stand alone.
   * - `wait`: it is taken and waits: for several producers, each of which waits for its own writes. Without that, there is
   *   no bound.
   */
  readonly policy?: WritePolicy
}

/**
 * The writing end of a body. Its functions may be taken apart and passed on alone.
 *
 * Every promise given here may be left alone: that it rejects is never an unhandled rejection.
 */
export interface Output {
  /**
   * Adds bytes, or a string as UTF-8. Settles once there is room again, which it mostly is at once.
   *
   * Bytes are kept, not copied, and must not be changed afterwards. Empty ones mean nothing. A surrogate pair may be split
   * between two strings: the first half waits for the second, also over a flush and a pause. A half without its partner is sent as
   * U+FFFD: before bytes, before the end, and before an error. Nothing of a refused write is sent, not even a half.
   *
   * @throws {TypeError} At the call, when it is neither a string nor a `Uint8Array`. Other views and buffers are refused.
   * @throws {BodyError} `WRITE_EXCESS`, `WRITE_AFTER_END` or `READER_GONE`, by rejection.
   */
  readonly write: (content: Uint8Array | string) => Promise<void>
  /**
   * Asks every layer to send what was written. Settles once that has been handed to the kernel; rejects when it never will
   * be, with `READER_GONE` where the reader left before it saw the flush.
   *
   * Flushes with nothing written between them are one.
   */
  readonly flush: () => Promise<void>
  /**
   * Tells every layer that nothing comes until `until` fulfils; when it rejects, the body fails. Settles as `write` does,
   * counting as one byte. Writing goes on as before: what is written leaves afterwards.
   *
   * @throws {TypeError} At the call, when `until` is not a promise.
   */
  readonly pause: (until: PromiseLike<unknown>) => Promise<void>
  /**
   * Ends the body, with trailers where some are given.
   *
   * @throws {TypeError} At the call, when a trailer field is invalid; nothing has ended then.
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
   * Resolves when the reader has come to the end; rejects when the body fails, or the reader leaves before (`READER_GONE`).
   * The work of `writing` must not wait for it: the end waits for the work.
   */
  readonly closed: Promise<void>
  /** Aborts once the body cannot become whole: the reader left, or the body failed. Made on first use. */
  readonly signal: AbortSignal
}
