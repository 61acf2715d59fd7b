import { deferred, pullFrom, quiet } from '@sluice/body/engine'
import { answerError, HttpError } from '@sluice/stack'
import { clientGone } from '@sluice/stack/host'
import { nodeError } from '../errors.ts'
import { Exchange } from '../exchange.ts'
import { seenFields } from '../incoming/seen-fields.ts'
import { Capture } from './capture.ts'
import { MiddlewareSink } from './middleware-sink.ts'
import { passHead } from './pass-head.ts'
import { splitRequest } from './split-request.ts'
import type { Readable } from 'node:stream'
import type { Fields } from '@sluice/body'
import type { Deferred } from '@sluice/body/engine'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'
import type { ExchangeInit } from '../exchange-init.ts'
import type { HostContext } from '../host-context.ts'
import type { Incoming, Outgoing } from '../incoming/incoming.ts'

/** Finds the exchange of a request that a middleware passes on, by its client: the request may have been made anew. */
const exchange: unique symbol = Symbol('sluice.exchange')

type LinkedClient = HttpRequest['client'] & { [exchange]?: MiddlewareExchange }

/** The handler in every middleware: passes the request on to the rest of the application. */
export const innerHandler: Handler = (request) => {
  const client: LinkedClient | undefined = clientOf(request)
  const known = client?.[exchange]
  if (known === undefined)
    throw new HttpError(
      'REQUEST_UNKNOWN',
      'Cannot pass the request on: found a request without the client of the one that came, wanted { ...request }',
    )
  return known.passOn(request)
}

/** What JavaScript passes on may be anything. */
const clientOf = (request: HttpRequest | undefined): LinkedClient | undefined => request?.client

/** One request through a middleware, and the response to it. */
export class MiddlewareExchange implements ExchangeInit {
  readonly headers: Fields
  readonly #req: Incoming
  readonly #res: Outgoing
  readonly #next: (error?: unknown) => void
  readonly #capture: Capture
  readonly #sink: MiddlewareSink
  readonly #exchange: Exchange
  #hasPassed = false
  /** Whether the rest of the application was called. */
  #hasGoneOn = false
  /** The response that the application has not begun. */
  #answered: Deferred<HttpResponse> | undefined
  /** The response of the application, as the middleware got it. */
  #seen: HttpResponse | undefined

  constructor(req: Incoming, res: Outgoing, next: (error?: unknown) => void, context: HostContext) {
    this.headers = seenFields(req)
    this.#req = req
    this.#res = res
    this.#next = next
    this.#capture = new Capture(res, req.method === 'HEAD')
    this.#sink = new MiddlewareSink(this.#capture, res)
    this.#exchange = new Exchange(req, this.#sink, context, this)
  }

  start(handler: Handler): void {
    const client: LinkedClient = this.#exchange.request.client
    client[exchange] = this
    this.#exchange.start(handler)
    this.#capture.calls.returned()
  }

  /** Calls the rest of the application. */
  passOn(request: HttpRequest): HttpResponse | Promise<HttpResponse> {
    if (this.#hasPassed)
      throw nodeError(
        'NEXT_TWICE',
        'Cannot pass the request on: found a second call of the next handler, wanted one',
      )
    this.#hasPassed = true
    this.#passRequest(request)
    const capture = this.#capture
    this.#hasGoneOn = true
    this.#next()
    if (capture.hasEnded) return this.#response()
    return this.#wait()
  }

  #passRequest(passed: HttpRequest): void {
    const { request } = this.#exchange
    const hasOtherBody = passed.body !== request.body
    if (hasOtherBody) this.#exchange.checkUnread()
    passHead(this.#req, request, passed)
    if (hasOtherBody) this.#exchange.contentComesBy(this.#split(passed))
  }

  #split({ body }: HttpRequest): Readable {
    return splitRequest(this.#req, body, (error) => this.#contentFailed(error))
  }

  /** The application waits for content that will not come, and does not hear of the error: its response fails with it. */
  #contentFailed(error: Error): void {
    const capture = this.#capture
    if (this.#sink.closed) return
    if (!capture.hasEnded && !capture.isReleased) {
      if (!capture.head.hasBegun && this.#answered !== undefined)
        return this.#answered.reject(error)
      return capture.body.fail(error)
    }
    this.#exchange.report(error)
    if (!capture.hasEnded) this.#sink.cut()
  }

  #wait(): HttpResponse | Promise<HttpResponse> {
    const capture = this.#capture
    const answered = capture.head.hasBegun ? undefined : deferred<HttpResponse>()
    this.#answered = answered
    this.#sink.whenClosed(() => {
      if (capture.hasEnded) return
      const reason = clientGone()
      capture.body.fail(reason)
      answered?.reject(reason)
    })
    if (answered === undefined) return this.#response()
    capture.calls.whenHead(() => answered.resolve(this.#response()))
    // A middleware that answers by itself may have dropped it.
    return quiet(answered.promise)
  }

  #response(): HttpResponse {
    this.#seen = this.#capture.response()
    return this.#seen
  }

  /** Sends a response as the application has written it, if the middleware has left its body as it is. */
  passesOn(response: HttpResponse): boolean {
    const seen = this.#seen
    if (seen === undefined || response.body !== seen.body) return false
    // Refuses a body that was read.
    pullFrom(response.body)
    this.#capture.passOn(response)
    return true
  }

  /** Gives the error to the framework, unless the application still works at its answer, or the client has gone. */
  passesError(error: unknown): boolean {
    const capture = this.#capture
    if (this.#sink.closed || (this.#hasGoneOn && !capture.hasEnded)) return false
    if (error === capture.calls.lengthError) {
      this.#exchange.report(error)
      this.#sink.cut()
      return true
    }
    const answer = answerError(error)
    capture.giveBack(fieldsOf(answer))
    // A framework that has answered an error may set no status for a second one, such as Fastify.
    if (this.#seen !== undefined && this.#seen.status >= 400) this.#res.statusCode = answer.status
    this.#next(error)
    if (this.#hasGoneOn) setImmediate(() => this.#answerLate(error))
    return true
  }

  /**
   * Frameworks that lack a late `next` drop its error, such as Fastify after `hijack()`. Express and Connect, which set `originalUrl`,
   * take it, and their error handlers may take their time.
   */
  #answerLate(error: unknown): void {
    const res = this.#res
    if ('originalUrl' in this.#req || res.headersSent || res.writableEnded || this.#sink.closed)
      return
    this.#exchange.report(error)
    const { status } = answerError(error)
    res.statusCode = status
    res.setHeader('content-type', 'text/plain; charset=utf-8')
    res.end(`Error ${status}`)
  }

  isReported(error: unknown): boolean {
    const { cutError } = this.#capture
    return cutError !== undefined && error === cutError
  }
}

/** The fields that belong to an error, such as `www-authenticate`: frameworks do not read those of an `HttpError`. */
const fieldsOf = ({ headers }: HttpResponse): Fields =>
  headers.without('content-type').without('content-length')
