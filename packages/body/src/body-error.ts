import { bodyErrorStatus } from './errors.ts'
import type { BodyErrorCode } from './errors.ts'

/**
 * Marks the errors of Sluice, whose messages are written for clients. All copies of these packages have the same symbol. A name
 * or a code would not do: other libraries have an `HttpError` and a code `NOT_FOUND` too.
 */
export const sluiceError: unique symbol = Symbol.for('sluice.error')

export interface BodyErrorOptions {
  readonly cause?: unknown
  /** The status of a code that is not one of `BodyErrorCode`: a whole number from 400 to 599. */
  readonly status?: number
}

/**
 * The error class of Sluice. Branch on `code`: it is the same in every copy of these packages, and `instanceof` is not.
 *
 * You may use codes of your own: those of bodies have a status in `bodyErrorStatus`, any other code needs `options.status`.
 * `status` is the status of the response: under 500 if the client caused the error. `HttpError` of `@sluice/stack` is this class
 * with response fields.
 *
 * @param options.status Needed if the code is not one of `bodyErrorStatus`.
 * @throws {RangeError} At the call, if `status` is not a whole number from 400 to 599.
 *
 * @example
 * ```ts
 * import { BodyError } from '@sluice/body'
 *
 * const error = new BodyError('BODY_TOO_LARGE', 'Cannot read the body: 9 bytes came, at most 8 are allowed')
 * if (error.status !== 413) throw error
 *
 * export const own = new BodyError('ROW_TOO_LONG', 'Cannot read the table: found 9 cells', { status: 422 })
 * ```
 */
export class BodyError extends Error {
  static {
    // biome-ignore lint/complexity/noThisInStatic: a class that its own static block names is renamed by esbuild
    Object.defineProperty(this.prototype, sluiceError, { value: true })
  }

  override readonly name: string = 'BodyError'
  readonly code: string
  readonly status: number

  constructor(code: BodyErrorCode, message: string, options?: BodyErrorOptions)
  constructor(
    code: string,
    message: string,
    options: BodyErrorOptions & { readonly status: number },
  )
  constructor(code: string, message: string, options?: BodyErrorOptions) {
    super(message, options)
    this.code = code
    this.status = checkStatus(options?.status ?? statusOf(code))
  }
}

/** Plain JavaScript may leave out the status of a code of its own. */
const statusOf = (code: string): number => (isBodyCode(code) ? bodyErrorStatus[code] : 500)

const isBodyCode = (code: string): code is BodyErrorCode => Object.hasOwn(bodyErrorStatus, code)

const checkStatus = (status: number): number => {
  if (Number.isInteger(status) && status >= 400 && status <= 599) return status
  throw new RangeError(`Cannot make an error: found the status ${status}, wanted 400 to 599`)
}
