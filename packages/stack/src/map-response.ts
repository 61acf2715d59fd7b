import { isPromiseLike } from '@sluice/body/engine'
import { responseMistake } from './check-response.ts'
import { discardAny } from './discard-any.ts'

/**
 * Maps a handler's response: at once, or later if it is a promise. No promise is made for a handler that answers at once.
 *
 * If `map` throws or rejects, the body of the response is closed. If it gives a response with another body, which does not read
 * the old one, it has to `discard` the old response.
 *
 * @throws {HttpError} `RESPONSE_INVALID` in place of a `TypeError` of `map`, if plain JavaScript returned what is not a response.
 *
 * @example
 * import { mapResponse, type PassingMiddleware } from '@sluice/stack'
 *
 * export const noStore: PassingMiddleware = (next) => (request) =>
 *   mapResponse(next(request), (response) => ({
 *     ...response,
 *     headers: response.headers.with('cache-control', 'no-store'),
 *   }))
 */
export const mapResponse = <R, R2>(
  response: R | PromiseLike<R>,
  map: (response: R) => R2 | PromiseLike<R2>,
): R2 | PromiseLike<R2> =>
  isPromiseLike(response)
    ? // A thenable that is no promise may call back more than once: a promise takes its first answer.
      Promise.resolve(response).then((answer) => mapOrClose(answer, map))
    : mapOrClose(response, map)

const mapOrClose = <R, R2>(
  response: R,
  map: (response: R) => R2 | PromiseLike<R2>,
): R2 | PromiseLike<R2> => {
  try {
    const mapped = map(response)
    if (!isPromiseLike(mapped)) return mapped
    return Promise.resolve(mapped).then(undefined, (error) => {
      throw failed(response, error)
    })
  } catch (error) {
    throw failed(response, error)
  }
}

/** The error to throw. Only here is the response looked at: a check before `map` would cost every layer of a stack. */
const failed = (response: unknown, error: unknown): unknown => {
  discardAny(response)
  const isRaw = error instanceof TypeError // error handling
  return isRaw ? (responseMistake(response, error) ?? error) : error
}
