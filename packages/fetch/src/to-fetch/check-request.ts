import { foundIn, isObject, propertyOf } from '@sluice/body/engine'

/**
 * Checks that a host gives a `Request`. TypeScript does; plain JavaScript may give what the host gives its handlers.
 *
 * @throws {TypeError} If it does not; the message says what to give.
 */
export const checkRequest = (request: unknown): void => {
  // By its tag first: what else it has, some hosts make when it is first looked at.
  if (isObject(request) && Symbol.toStringTag in request && tagged(request)) return
  const hasHeaders = typeof propertyOf(propertyOf(request, 'headers'), 'get') === 'function'
  if (hasHeaders && propertyOf(request, 'target') === undefined) return
  throw new TypeError(`Cannot use the request: found ${sentenceOf(request)}`)
}

const tagged = (request: { readonly [Symbol.toStringTag]?: unknown }): boolean =>
  request[Symbol.toStringTag] === 'Request'

const sentenceOf = (given: unknown): string => {
  const has = (name: string) => isObject(propertyOf(given, name))
  if (isObject(propertyOf(propertyOf(given, 'req'), 'raw')))
    return 'a context of Hono, wanted a Request: use c.req.raw'
  if (has('raw')) return 'a request of a framework, wanted a Request: use c.req.raw in Hono'
  if (has('req')) return 'a context or an event, wanted a Request: use its req'
  if (has('request')) return 'a context, wanted a Request: use its request'
  if (propertyOf(given, 'target') !== undefined)
    return 'a request of Sluice, wanted a Request: give this host the handler, without toFetch'
  if (propertyOf(given, 'httpVersion') !== undefined)
    return 'a request of Node, wanted a Request: use toListener of @sluice/node'
  return `${foundIn(given)}, wanted a Request`
}
