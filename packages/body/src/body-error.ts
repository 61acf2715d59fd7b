/** Every code of a `BodyError`, with the status that a server answers where no byte has been sent. */
export const bodyErrorStatus = {
  /** A body was read a second time. */
  BODY_USED: 500,
  /** Something in a body is not a frame, or stands where it must not. */
  BODY_INVALID: 500,
  /** More bytes than the reader allows. */
  BODY_TOO_LARGE: 413,
  /** The source ended, or broke off, before the bytes that it promised. */
  BODY_ENDED_EARLY: 400,
  /** A line is longer than the reader allows. */
  LINE_TOO_LONG: 413,
  /** The content is not JSON. */
  JSON_INVALID: 400,
  /** The chunked coding is malformed. */
  CHUNK_INVALID: 400,
  /** A chunk-size line is longer than allowed. */
  CHUNK_LINE_TOO_LONG: 400,
  /** Far more framing than data. */
  CHUNK_OVERHEAD: 413,
  /** A trailer section is malformed, or has a field that must not stand there. */
  TRAILERS_INVALID: 400,
  /** A trailer section is larger than allowed. */
  TRAILERS_TOO_LARGE: 431,
  /** A transfer coding that is not known here. */
  CODING_UNKNOWN: 501,
  /** A content coding is malformed, or bytes follow its end. */
  CODING_INVALID: 400,
  /** Far more content than coded bytes: a bomb. */
  CODING_RATIO: 413,
  /** The bytes before a flush will never be sent. */
  FLUSH_LOST: 500,
  /** A wait took longer than it may. */
  TIMED_OUT: 504,
  /** An event was waited for on something that failed or closed. */
  WAIT_FAILED: 500,
  /** The reader of a body, or the client, has gone. */
  READER_GONE: 499,
  /** The request that something was done for is over. */
  REQUEST_OVER: 500,
  /** A writer was called after `finish` or `fail`. */
  WRITE_AFTER_END: 500,
  /** More was written, without waiting, than the writer holds. */
  WRITE_EXCESS: 500,
  /** A body gives more or fewer bytes than its length says. */
  LENGTH_MISMATCH: 500,
  /** A reader of a shared body was too slow, and the others do not wait for it. */
  READER_SLOW: 503,
  /** A shared body was closed by its owner. */
  SOURCE_CLOSED: 503,
} as const

export type BodyErrorCode = keyof typeof bodyErrorStatus

/**
 * Marks the errors of Sluice, `BodyError` and `HttpError`, whose messages are written for clients. All copies of these packages
 * have the same symbol. A name or a code would not do: other libraries have an `HttpError` and a code `NOT_FOUND` too.
 */
export const sluiceError: unique symbol = Symbol.for('sluice.error')

/**
 * The one error class of bodies and filters. Branch on `code`, which holds across copies of this package.
 *
 * `status` is the response status that fits where the error is the client's doing, 500 or above where it is not.
 *
 * @example
 * ```ts
 * import { BodyError } from '@sluice/body'
 *
 * const error = new BodyError('BODY_TOO_LARGE', 'Cannot read the body: 9 bytes came, at most 8 are allowed')
 * if (error.status !== 413) throw error
 * ```
 */
export class BodyError extends Error {
  static {
    // biome-ignore lint/complexity/noThisInStatic: a class that its own static block names is renamed by esbuild
    Object.defineProperty(this.prototype, sluiceError, { value: true })
  }

  override readonly name: string = 'BodyError'
  readonly code: BodyErrorCode
  readonly status: number

  constructor(code: BodyErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
    this.status = bodyErrorStatus[code]
  }
}
