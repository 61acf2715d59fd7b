import { foundIn, isObject, propertyOf } from '@sluice/body/engine'
import { match, P } from 'ts-pattern'

/**
 * Checks that a host gives a `Request`. TypeScript does; plain JavaScript may give what the host gives its handlers.
 *
 * @throws {TypeError} If it does not; the message says what to give.
 */
export const checkRequest = (request: unknown): void => {
  // By its tag first: what else it has, some hosts make when it is first looked at.
  if (isObject(request) && Symbol.toStringTag in request && tagged(request)) return
  if (typeof propertyOf(propertyOf(request, 'headers'), 'get') === 'function') {
    if (propertyOf(request, 'target') === undefined) return
  }
  throw new TypeError(`Cannot use the request: found ${sentenceOf(request)}`)
}

const tagged = (request: { readonly [Symbol.toStringTag]?: unknown }): boolean =>
  request[Symbol.toStringTag] === 'Request'

const sentenceOf = (request: unknown): string =>
  match(request)
    .with(
      { req: { raw: P.nonNullable } },
      () => 'a context of Hono, wanted a Request: use c.req.raw',
    )
    .with(
      { raw: P.nonNullable },
      () => 'a request of a framework, wanted a Request: use c.req.raw in Hono',
    )
    .with({ req: P.nonNullable }, () => 'a context or an event, wanted a Request: use its req')
    .with({ request: P.nonNullable }, () => 'a context, wanted a Request: use its request')
    .with(
      { target: P.string },
      () => 'a request of Sluice, wanted a Request: give this host the handler, without toFetch',
    )
    .with(
      { httpVersion: P.string },
      () => 'a request of Node, wanted a Request: use toListener of @sluice/node',
    )
    .otherwise(() => `${foundIn(request)}, wanted a Request`)
