import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'

/** A request of `node:http`, `node:https` or `node:http2`, as a listener gets it. Frameworks add properties to it. */
export type Incoming = IncomingMessage | Http2ServerRequest

/** The response object that comes with an `Incoming`. */
export type Outgoing = ServerResponse | Http2ServerResponse

/** By shape: what speaks HTTP/1.1 need not load `node:http2`. */
export const isHttp2Request = (req: Incoming): req is Http2ServerRequest =>
  req.httpVersionMajor >= 2 && 'stream' in req

export const isHttp2Response = (res: Outgoing): res is Http2ServerResponse => 'stream' in res

/** Marks a request whose content goes through a middleware before the application reads it by `req`. */
export const splitBy: unique symbol = Symbol('sluice.split')

export interface SplitIncoming {
  [splitBy]?: {
    /** Why the middleware's body has failed; `undefined` if it has not. */
    readonly failure: Error | undefined
  }
}
