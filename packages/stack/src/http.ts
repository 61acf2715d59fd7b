import type { Body, Data, Fields, Trailers } from '@sluice/body'

/** The certificate of a client. `X509Certificate` of `node:crypto` is one. */
export interface PeerCertificate {
  readonly subject: string
  readonly issuer: string
  readonly subjectAltName?: string | undefined
  readonly serialNumber: string
  readonly fingerprint256: string
  readonly validFrom: string
  readonly validTo: string
  /** In DER. */
  readonly raw: Uint8Array
}

/** A connection over TLS, as it was when its handshake ended. */
export interface ClientTls {
  /** The version of the protocol, such as `TLSv1.3`. */
  readonly protocol: string
  /** The name that the client asked for (SNI, RFC 6066 section 3); it may differ from `Host`. */
  readonly serverName: string | undefined
  /** `undefined` if the server did not ask for one, or the client has none. */
  readonly peerCertificate: PeerCertificate | undefined
  /** Whether the certificate was verified. A server may accept connections without a verified one (`rejectUnauthorized: false`). */
  readonly authorized: boolean
}

/** The other end of the connection. In hosts its fields are getters, which `{ ...client }` does not copy: name those that you need. */
export interface Client {
  /**
   * Aborts when the client has gone, or when the request is over; its reason is an error with a code (`READER_GONE`).
   * Made on first use: a request that never asks for it pays nothing.
   */
  readonly signal: AbortSignal
  /**
   * Aborts when the server begins to close: long streams should come to an end. Made on first use. Behind `toListener` and `toFetch` it
   * is their option `draining`.
   */
  readonly draining: AbortSignal
  readonly address: string
  readonly port: number
  /** `undefined` if the connection is not over TLS. */
  readonly tls?: ClientTls | undefined
  /** Sends an informational response (RFC 9110 15.2), such as 103; does nothing once the response has begun. */
  inform(status: number, fields?: Fields): void
}

/** A request (RFC 9110 section 3.4), as a plain readonly object: a middleware gives a new one. */
export interface HttpRequest {
  readonly method: string
  /** The request-target as it came (RFC 9112 section 3.2). */
  readonly target: string
  readonly version: '1.0' | '1.1' | '2' | '3'
  readonly headers: Fields
  readonly body: Body<Data | Trailers>
  readonly client: Client
}

/** A response: its head is a value and its body an iterable, so "headers already sent" cannot happen. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Fields
  readonly body: Body
}

/** An application: a function from a request to a response. Answering at once costs no promise. */
export type Handler<Q = HttpRequest, R = HttpResponse> = (request: Q) => R | PromiseLike<R>

/**
 * A handler around a handler.
 *
 * It takes requests `Q` and gives `Q2` to the next; it takes responses `R2` from the next and gives `R`. The middlewares after it see
 * `Q2` and nothing else; if yours only adds to requests, make it a `PassingMiddleware`.
 */
export type Middleware<Q = HttpRequest, Q2 = Q, R2 = HttpResponse, R = R2> = (
  next: Handler<Q2, R2>,
) => Handler<Q, R>

/**
 * A middleware that takes any request with what it needs, and passes on what earlier ones have added.
 *
 * An interface with its variances declared: of an alias, compilers accept a middleware that needs more for one that needs less.
 */
export interface PassingMiddleware<in Needs = HttpRequest, out Adds = unknown> {
  // biome-ignore lint/style/useShorthandFunctionType: see above, an alias is compared otherwise
  <Q extends Needs>(next: Handler<Q & Adds>): Handler<Q>
}
