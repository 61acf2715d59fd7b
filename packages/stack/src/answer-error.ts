import { noFields } from '@sluice/body'
import {
  isObject,
  isPromiseLike,
  passingTraits,
  sluiceError,
  withTraits,
} from '@sluice/body/engine'
import { match } from 'ts-pattern'
import { empty, text } from './answers.ts'
import { isFields } from './is-fields.ts'
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
    return match(originOf(error))
      .with({ from: 'sluice' }, ({ error }) => answerOurs(error))
      .with({ from: 'a library for servers' }, ({ error, expose }) => answerTheirs(error, expose))
      .with({ from: 'elsewhere' }, () => empty({ status: 500 }))
      .exhaustive()
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
export const answerErrors = ({ onError }: AnswerErrorsOptions = {}): PassingMiddleware => {
  const answering: PassingMiddleware = (next) => (request) => {
    const failed = (error: unknown) => {
      const told: unknown = onError?.(error, request)
      // Awaited: otherwise a rejection would be unhandled, and end the process.
      return isPromiseLike(told)
        ? Promise.resolve(told).then(() => answerError(error))
        : answerError(error)
    }
    try {
      const response = next(request)
      // A thenable that is not a promise may call back more than once: a promise takes its first answer.
      return isPromiseLike(response) ? Promise.resolve(response).then(undefined, failed) : response
    } catch (error) {
      return failed(error)
    }
  }
  return withTraits(passingTraits, answering)
}

/** Where an error comes from: it decides whether its status is meant for our client, and whether its message is. */
type Origin =
  | { readonly from: 'sluice'; readonly error: object }
  | { readonly from: 'a library for servers'; readonly error: object; readonly expose: boolean }
  | { readonly from: 'elsewhere' }

const originOf = (error: unknown): Origin => {
  if (!isObject(error)) return { from: 'elsewhere' }
  if (sluiceError in error) return { from: 'sluice', error }
  const expose = exposeOf(error)
  return expose === undefined
    ? { from: 'elsewhere' }
    : { from: 'a library for servers', error, expose }
}

const answerOurs = (error: object): HttpResponse => {
  const status = statusOf(error)
  // The length is that of the message.
  const headers =
    'headers' in error && isFields(error.headers)
      ? error.headers.without('content-length')
      : noFields
  return answer(error, exposeOf(error) ?? status < 500, status, headers)
}

/** Without its `headers`, which may be those of a response that the library got. */
const answerTheirs = (error: object, expose: boolean): HttpResponse =>
  answer(error, expose, statusOf(error), noFields)

const answer = (error: object, expose: boolean, status: number, headers: Fields): HttpResponse => {
  const message = expose ? messageOf(error) : ''
  return message === '' ? empty({ status, headers }) : text(`${message}\n`, { status, headers })
}

/** The `expose` of an error, if it is a boolean. */
const exposeOf = (error: object): boolean | undefined => {
  const expose: unknown = 'expose' in error ? error.expose : undefined
  return typeof expose === 'boolean' ? expose : undefined
}

const statusOf = (error: object): number => {
  const status: unknown = 'status' in error ? error.status : undefined
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599
    ? status
    : 500
}

const messageOf = (error: object): string =>
  'message' in error && typeof error.message === 'string' ? error.message : ''
