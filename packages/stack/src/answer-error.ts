import { noFields } from '@sluice/body'
import { isPromiseLike, sluiceError } from '@sluice/body/engine'
import { empty, text } from './answers.ts'
import type { Fields } from '@sluice/body'
import type { HttpRequest, HttpResponse, PassingMiddleware } from './http.ts'

export interface AnswerErrorsOptions {
  /**
   * Called for every error that becomes a response. If it returns a promise, the response waits for it. What it throws, or rejects
   * with, replaces the response.
   */
  readonly onError?: (error: unknown, request: HttpRequest) => void
}

/**
 * The response to an error.
 *
 * `HttpError` and `BodyError`, also of another copy of these packages, are answered with their `status`, the `headers` of an
 * `HttpError` and, under 500, their message. A boolean `expose` decides instead whether the message is shown.
 *
 * An error of another library is answered with its `status`, from 400 to 599, only if it also has an `expose` of `true` or
 * `false`, as those of `http-errors` do: it is then meant for the client. Its message is shown if `expose` is `true`. The
 * `status` of any other error may come from a server that we called, and not from what our client did (RFC 9110 15.5): it may be
 * a 401 for our own key, with the key in the message. Such an error, and anything else that was thrown, is a 500 without content.
 *
 * @example
 * import { answerError, HttpError } from '@sluice/stack'
 *
 * if (answerError(new HttpError('NOT_FOUND', 'Cannot find the page')).status !== 404) throw new Error('lost')
 * if (answerError(new Error('secret')).status !== 500) throw new Error('told')
 */
export const answerError = (error: unknown): HttpResponse => {
  try {
    const status = statusOf(error)
    const headers = headersOf(error)
    return isExposed(error, status)
      ? text(`${error.message}\n`, { status, headers })
      : empty({ status, headers })
  } catch {
    // Anything can be thrown, a proxy or an object whose getters throw too; a server has nothing after this.
    return empty({ status: 500 })
  }
}

/**
 * Answers the errors of what stands inside it, so that what stands outside sees a response.
 *
 * Errors of a body that is already being sent do not come here: they cut the connection.
 *
 * @example
 * import { answerErrors, HttpError, stack } from '@sluice/stack'
 *
 * export const app = stack(answerErrors())(() => {
 *   throw new HttpError('FORBIDDEN', 'Cannot show the page: found no permission')
 * })
 */
export const answerErrors =
  ({ onError }: AnswerErrorsOptions = {}): PassingMiddleware =>
  (next) =>
  (request) => {
    const failed = (error: unknown) => {
      const told: unknown = onError?.(error, request)
      // Awaited: otherwise a rejection would be unhandled, and end the process.
      return isPromiseLike(told)
        ? Promise.resolve(told).then(() => answerError(error))
        : answerError(error)
    }
    try {
      const response = next(request)
      // A thenable that is no promise may call back more than once: a promise takes its first answer.
      return isPromiseLike(response) ? Promise.resolve(response).then(undefined, failed) : response
    } catch (error) {
      return failed(error)
    }
  }

const isObject = (error: unknown): error is object => typeof error === 'object' && error !== null

const isOurs = (error: object): boolean => sluiceError in error

/** The `expose` of an error, if it is a boolean. */
const exposeOf = (error: object): boolean | undefined => {
  const expose: unknown = 'expose' in error ? error.expose : undefined
  return typeof expose === 'boolean' ? expose : undefined
}

const statusOf = (error: unknown): number => {
  if (!isObject(error) || !('status' in error)) return 500
  if (!isOurs(error) && exposeOf(error) === undefined) return 500
  const { status } = error
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599
    ? status
    : 500
}

const isExposed = (error: unknown, status: number): error is { readonly message: string } =>
  isObject(error) &&
  (exposeOf(error) ?? (isOurs(error) && status < 500)) &&
  'message' in error &&
  typeof error.message === 'string' &&
  error.message !== ''

/** Not of other libraries, whose errors may have headers of a response that they got. The length is that of the message. */
const headersOf = (error: unknown): Fields =>
  isObject(error) && isOurs(error) && 'headers' in error && isFields(error.headers)
    ? error.headers.without('content-length')
    : noFields

const isFields = (headers: unknown): headers is Fields =>
  isObject(headers) && Symbol.iterator in headers && 'without' in headers
