import { contentBody } from '@sluice/stack/host'
import { isHttp2Request } from './incoming/incoming.ts'
import { IncomingClient } from './incoming/incoming-client.ts'
import { IncomingContent, lengthOf } from './incoming/incoming-content.ts'
import { RawFields } from './incoming/raw-fields.ts'
import { sinkOf } from './sending/sink-of.ts'
import type { HttpRequest } from '@sluice/stack'
import type { Incoming, Outgoing } from './incoming/incoming.ts'
import type { ContentOwner } from './incoming/incoming-content.ts'

/**
 * A request of `node:http`, `node:https` or `node:http2` as an `HttpRequest`.
 *
 * For code that reads requests and writes responses itself; `toListener` does both. The target is `originalUrl` if a framework has
 * set it: the whole one, with the prefix of a mount. Nothing is read before it is asked for. Fields are read from `rawHeaders`; of
 * HTTP/2, `:authority` becomes `host`. Leaving the body early does not destroy `req`: the rest is discarded.
 *
 * `client.signal` aborts when the client has gone, or the response is complete. `client.draining` never aborts.
 *
 * @param res The response object of the request: without it `client.inform` does nothing, and the signal of a pipelined request aborts
 * only when its connection closes.
 * @throws {BodyError} `BODY_USED` (500), while reading, if other code has read the content of `req`. `READER_GONE` (499) if the client
 * has gone before its end.
 */
export const fromIncoming = (req: Incoming, res?: Outgoing): HttpRequest => {
  const sink = res === undefined ? undefined : sinkOf(res)
  const client = new IncomingClient(req, sink)
  const owner: ContentOwner = {
    contentWanted() {
      client.watch()
    },
    contentCut(reason) {
      client.abort(() => reason)
    },
  }
  const length = lengthOf(req)
  const content = length === 0 ? undefined : new IncomingContent(req, owner, length)
  return requestOf(req, contentBody(content, length), client)
}

/** The parts of a request as one. */
export const requestOf = (
  req: Incoming & { readonly originalUrl?: unknown },
  body: HttpRequest['body'],
  client: HttpRequest['client'],
  headers: HttpRequest['headers'] = new RawFields(req.rawHeaders),
): HttpRequest => ({
  method: req.method ?? 'GET',
  target: targetOf(req),
  version: versionOf(req),
  headers,
  body,
  client,
})

const targetOf = (req: Incoming & { readonly originalUrl?: unknown }): string => {
  const { originalUrl } = req
  if (typeof originalUrl === 'string') return originalUrl
  // RFC 9113 8.5: a CONNECT has no path.
  if (isHttp2Request(req)) return req.url ?? req.authority
  return req.url ?? '/'
}

const versionOf = (req: Incoming): HttpRequest['version'] => {
  if (req.httpVersionMajor >= 2) return '2'
  return req.httpVersion === '1.0' ? '1.0' : '1.1'
}
