import { isPromiseLike } from '@sluice/body/engine'
import { discard } from './discard.ts'
import type { AnyFrame, Body } from '@sluice/body'

/**
 * Maps a handler's response: at once, or later if it is a promise. No promise is made for a handler that answers at once.
 *
 * If `map` throws or rejects, the body of the response is closed. If it gives a response with another body, which does not read
 * the old one, it has to `discard` the old response.
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
      discardAny(response)
      throw error
    })
  } catch (error) {
    discardAny(response)
    throw error
  }
}

/** Closes the body of anything that may be a response. */
export const discardAny = (response: unknown): void => {
  if (hasBody(response)) discard(response)
}

const hasBody = (response: unknown): response is { readonly body: Body<AnyFrame> } =>
  typeof response === 'object' &&
  response !== null &&
  'body' in response &&
  typeof response.body === 'object' &&
  response.body !== null
