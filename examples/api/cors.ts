import { empty, mapResponse } from '@sluice/stack'
import type { PassingMiddleware } from '@sluice/stack'

/**
 * Lets scripts of the given origins read the answers, with cookies (Fetch standard, "CORS protocol"). Stands outside what answers
 * errors: a script could not tell a 404 without these fields from a broken connection.
 *
 * It protects nobody from requests: one of another origin is answered too, only its script does not see the answer.
 */
export const cors =
  ({ origins }: { readonly origins: readonly string[] }): PassingMiddleware =>
  (next) =>
  (request) => {
    const { method, headers } = request
    const origin = headers.get('origin') ?? ''
    const allowed = origins.includes(origin)
    // A preflight is a question about any method and path, so that the request itself gets the 404 or 405.
    const isPreflight = method === 'OPTIONS' && headers.has('access-control-request-method')
    return mapResponse(isPreflight ? empty() : next(request), (response) => {
      // For caches: with another origin the answer is another one.
      let answer = response.headers.withAdded('vary', 'origin')
      if (allowed)
        answer = answer
          .with('access-control-allow-origin', origin)
          .with('access-control-allow-credentials', 'true')
          .with('access-control-expose-headers', 'allow, location')
      if (allowed && isPreflight)
        answer = answer
          .with('access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE')
          .with('access-control-allow-headers', 'content-type')
          .with('access-control-max-age', '600')
      return { ...response, headers: answer }
    })
  }
