import { empty, HttpError, requestUrl } from '@sluice/stack'
import { addRoute, createRouter, findRoute } from 'rou3'
import type { Handler, HttpRequest } from '@sluice/stack'

export interface WithParams {
  /** What stands in the path in the place of each `:name`, percent-encoded as it came. */
  readonly params: Readonly<Record<string, string>>
}

/** Handlers by method. */
type Methods<Q> = Readonly<Record<string, Handler<Q & WithParams>>>

/**
 * Picks a handler by path and method. The handler of GET answers HEAD too: the server sends no content then. OPTIONS, and a method
 * that the path does not have, are answered with those that it has (RFC 9110 9.3.7 and 15.5.6).
 */
export const routes = <Q extends HttpRequest>(
  table: Readonly<Record<string, Methods<Q>>>,
): Handler<Q> => {
  // A map: an object has a `constructor`, which a client may send as a method.
  const router = createRouter<ReadonlyMap<string, Handler<Q & WithParams>>>()
  for (const [path, methods] of Object.entries(table))
    addRoute(router, '', path, new Map(Object.entries(methods)))

  return (request) => {
    const { method } = request
    const found = findRoute(router, '', requestUrl(request).pathname)
    if (found === undefined)
      throw new HttpError('NOT_FOUND', 'Cannot find the resource: there is none at this path')
    const { data: methods, params = {} } = found
    const handler = methods.get(method) ?? (method === 'HEAD' ? methods.get('GET') : undefined)
    if (handler !== undefined) return handler({ ...request, params })
    const allow = [...methods.keys(), ...(methods.has('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ')
    if (method === 'OPTIONS') return empty({ headers: { allow } })
    throw new HttpError('METHOD_NOT_ALLOWED', `Cannot use ${method} here: wanted ${allow}`, {
      headers: { allow },
    })
  }
}
