import { BodyError, fields } from '@sluice/body'
import { httpErrorStatus } from './errors.ts'
import type { Fields, FieldsInit } from '@sluice/body'
import type { HttpErrorCode } from './errors.ts'

export interface HttpErrorOptions {
  /** Fields of the response: `www-authenticate` of a 401, `allow` of a 405, `retry-after` of a 429. */
  readonly headers?: FieldsInit
  /** Whether the client sees the message; by default `true` under 500. */
  readonly expose?: boolean
  readonly cause?: unknown
  /** The status of a code that is not one of `HttpErrorCode`: a whole number from 400 to 599. */
  readonly status?: number
}

/**
 * An error that is answered with a status: the `BodyError` of applications and hosts, with fields of the response. Branch on `code`.
 *
 * Codes are open: those of `httpErrorStatus` have their status, any other code brings its own.
 *
 * @param options.headers Fields of the response. A 401 must have `www-authenticate`, a 405 `allow` (RFC 9110 15.5.2, 15.5.6).
 * @param options.expose Whether the client sees the message; by default `true` under 500, `false` from 500 on.
 * @param options.status Needed if the code is not one of `httpErrorStatus`.
 * @throws {TypeError} At the call, if a field is invalid.
 * @throws {RangeError} At the call, if `status` is not a whole number from 400 to 599.
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
 * export const own = new HttpError('OUT_OF_TEA', 'Cannot brew', { status: 418 })
 */
export class HttpError extends BodyError {
  override readonly name: string = 'HttpError'
  readonly headers: Fields
  readonly expose: boolean

  constructor(code: HttpErrorCode, message: string, options?: HttpErrorOptions)
  constructor(
    code: string,
    message: string,
    options: HttpErrorOptions & { readonly status: number },
  )
  constructor(code: string, message: string, options: HttpErrorOptions = {}) {
    super(code, message, {
      ...('cause' in options ? { cause: options.cause } : {}),
      status: options.status ?? statusOf(code),
    })
    this.headers = fields(options.headers)
    this.expose = options.expose ?? this.status < 500
  }
}

/** Plain JavaScript may leave out the status of a code of its own. */
const statusOf = (code: string): number => (isHttpCode(code) ? httpErrorStatus[code] : 500)

const isHttpCode = (code: string): code is HttpErrorCode => Object.hasOwn(httpErrorStatus, code)

/** Makes an error of one of the codes `C`: a mistyped code does not compile. */
export type MakeHttpError<C extends string> = (
  code: C,
  message: string,
  options?: Omit<HttpErrorOptions, 'status'>,
) => HttpError

/**
 * Declares codes of a package or an application, with their statuses, and gives the function that makes their errors.
 *
 * @example
 * import { httpErrorsOf } from '@sluice/stack'
 *
 * const teaError = httpErrorsOf({ OUT_OF_TEA: 418, KETTLE_BUSY: 503 })
 * export const busy = teaError('KETTLE_BUSY', 'Cannot brew: it boils', { headers: { 'retry-after': '60' } })
 */
export const httpErrorsOf =
  <C extends string>(statuses: Readonly<Record<C, number>>): MakeHttpError<C> =>
  (code, message, options) =>
    new HttpError(code, message, { ...options, status: statuses[code] })
