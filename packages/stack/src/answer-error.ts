import { isPromiseLike } from '@sluice/body'
import { empty, text } from './answers.ts'
import type { HttpRequest, HttpResponse, PassingMiddleware } from './http.ts'

export interface AnswerErrorsOptions {
  /** Told of every error that becomes a response. What it throws is the server's to tell of. */
  readonly onError?: (error: unknown, request: HttpRequest) => void
}

/**
 * The response to an error.
 *
 * An error with a `status` from 400 to 599 is answered with that, by shape: one from another copy of this package, or of
 * another library, serves as well. Its message is shown where the status is under 500, unless its `expose` is `false`.
 * Any other error, and whatever else was thrown, is a 500 without an explanation.
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
    return status < 500 && hasMessage(error)
      ? text(`${error.message}\n`, { status })
      : empty({ status })
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
      onError?.(error, request)
      return answerError(error)
    }
    try {
      const response = next(request)
      return isPromiseLike(response) ? response.then(undefined, failed) : response
    } catch (error) {
      return failed(error)
    }
  }

const statusOf = (error: unknown): number => {
  if (typeof error !== 'object' || error === null || !('status' in error)) return 500
  const { status } = error
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599
    ? status
    : 500
}

/** `expose: false` is how the errors of others say that a message is not for the client. */
const hasMessage = (error: unknown): error is { readonly message: string } =>
  typeof error === 'object' &&
  error !== null &&
  'message' in error &&
  typeof error.message === 'string' &&
  error.message !== '' &&
  !('expose' in error && error.expose === false)
