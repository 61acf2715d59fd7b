import { fields } from '@sluice/body'
import { sluiceError } from '@sluice/body/engine'
import type { Fields, FieldsInit } from '@sluice/body'

/** Every code of an `HttpError`, with its status (RFC 9110 section 15). */
export const httpErrorStatus = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_ACCEPTABLE: 406,
  CONFLICT: 409,
  GONE: 410,
  LENGTH_REQUIRED: 411,
  PRECONDITION_FAILED: 412,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RANGE_NOT_SATISFIABLE: 416,
  UNPROCESSABLE_CONTENT: 422,
  TOO_MANY_REQUESTS: 429,
  INTERNAL_ERROR: 500,
  NOT_IMPLEMENTED: 501,
  BAD_GATEWAY: 502,
  UNAVAILABLE: 503,
  /** A server's refusals: the request line, a field line or the end of the head is malformed (RFC 9112 2 to 5). */
  REQUEST_LINE_INVALID: 400,
  FIELD_INVALID: 400,
  /** Not exactly one valid Host (RFC 9112 3.2). */
  HOST_INVALID: 400,
  /** Content-Length and Transfer-Encoding do not say one length (RFC 9112 6.3). */
  FRAMING_INVALID: 400,
  REQUEST_TIMEOUT: 408,
  TARGET_TOO_LONG: 414,
  EXPECTATION_FAILED: 417,
  HEAD_TOO_LARGE: 431,
  TOO_MANY_FIELDS: 431,
  CODING_UNKNOWN: 501,
  METHOD_UNKNOWN: 501,
  VERSION_UNSUPPORTED: 505,
  /** A handler gave something that is no response. */
  RESPONSE_INVALID: 500,
} as const

export type HttpErrorCode = keyof typeof httpErrorStatus

export interface HttpErrorOptions {
  /** Fields of the response: `www-authenticate` of a 401, `allow` of a 405, `retry-after` of a 429. */
  readonly headers?: FieldsInit
  /** Whether the client sees the message; by default `true` under 500. */
  readonly expose?: boolean
  readonly cause?: unknown
}

/**
 * An error that a server answers with a status. Branch on `code`, which holds across copies of this package.
 *
 * @param options.headers Fields of the response. A 401 must have `www-authenticate`, a 405 `allow` (RFC 9110 15.5.2, 15.5.6).
 * @param options.expose Whether the client sees the message; by default `true` under 500, `false` from 500 on.
 * @throws {TypeError} At the call, when a field is invalid.
 *
 * @example
 * import { HttpError } from '@sluice/stack'
 *
 * const error = new HttpError('NOT_FOUND', 'Cannot find the page: found no such path')
 * if (error.status !== 404) throw error
 *
 * export const refused = new HttpError('METHOD_NOT_ALLOWED', 'Cannot use POST: wanted GET', {
 *   headers: { allow: 'GET, HEAD' },
 * })
 */
export class HttpError extends Error {
  static {
    // biome-ignore lint/complexity/noThisInStatic: a class that its own static block names is renamed by esbuild
    Object.defineProperty(this.prototype, sluiceError, { value: true })
  }

  override readonly name: string = 'HttpError'
  readonly code: HttpErrorCode
  readonly status: number
  readonly headers: Fields
  readonly expose: boolean

  constructor(code: HttpErrorCode, message: string, options: HttpErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.status = httpErrorStatus[code]
    this.headers = fields(options.headers)
    this.expose = options.expose ?? this.status < 500
  }
}
