import { BodyError } from '../body-error.ts'

/** Makes an error of one of the codes `C`: a mistyped code does not compile. */
export type MakeError<C extends string> = (
  code: C,
  message: string,
  options?: { readonly cause?: unknown },
) => BodyError

/**
 * Declares the codes of a package, with their statuses, and returns the function that makes its errors.
 *
 * A package calls it once, in its `errors.ts`. Codes of `@sluice/body` are made by `new BodyError(code, message)` everywhere.
 * If the errors need response fields or `expose`, use `httpErrorsOf` of `@sluice/stack`.
 *
 * @example
 * ```ts
 * import { errorsOf } from '@sluice/body/engine'
 *
 * const tableError = errorsOf({ ROW_TOO_LONG: 422, ROW_INVALID: 400 })
 * export const tooLong = tableError('ROW_TOO_LONG', 'Cannot read the table: found 9 cells, wanted 8')
 * ```
 */
export const errorsOf =
  <C extends string>(statuses: Readonly<Record<C, number>>): MakeError<C> =>
  (code, message, options) =>
    new BodyError(code, message, { ...options, status: statuses[code] })
