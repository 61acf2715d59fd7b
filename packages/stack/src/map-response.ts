import { isPromiseLike } from '@sluice/body'

/**
 * Does something to a handler's answer, at once where it is there and later where it is a promise: a handler that answers
 * at once goes on costing none.
 *
 * @example
 * import { mapResponse, type PassingMiddleware } from '@sluice/stack'
 *
 * export const noStore: PassingMiddleware = (next) => (request) =>
 *   mapResponse(next(request), (response) => ({
 *     ...response,
 *     headers: response.headers.set('cache-control', 'no-store'),
 *   }))
 */
export const mapResponse = <R, R2>(
  response: R | PromiseLike<R>,
  map: (response: R) => R2 | PromiseLike<R2>,
): R2 | PromiseLike<R2> => (isPromiseLike(response) ? response.then(map) : map(response))
