import { closeBody } from '@sluice/body'
import { isPromiseLike, pullFrom } from '@sluice/body/engine'
import { answerError, checkResponse } from '@sluice/stack'
import {
  callUser,
  clientGone,
  contentBody,
  droppedFields,
  RequestErrors,
  requestOver,
  responseInvalid,
  takesOver,
  takeWhole,
  whenAnswered,
} from '@sluice/stack/host'
import { requestOf } from './from-incoming.ts'
import { IncomingClient } from './incoming/incoming-client.ts'
import { IncomingContent, lengthOf } from './incoming/incoming-content.ts'
import { begunElsewhere } from './sending/begun-elsewhere.ts'
import { responseHead } from './sending/response-head.ts'
import { ResponseSender } from './sending/response-sender.ts'
import type { Readable } from 'node:stream'
import type { BodyError } from '@sluice/body'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'
import type { BodyFailure, SwitchingResponse } from '@sluice/stack/host'
import type { ExchangeInit } from './exchange-init.ts'
import type { HostContext } from './host-context.ts'
import type { Incoming } from './incoming/incoming.ts'
import type { ClientOwner } from './incoming/incoming-client.ts'
import type { ContentOwner } from './incoming/incoming-content.ts'
import type { ResponseHead } from './sending/response-head.ts'
import type { ResponseOwner } from './sending/response-sender.ts'
import type { ResponseSink } from './sending/response-sink.ts'
import type { TakeOver } from './take-over.ts'

/** Content of at most this many bytes, if it is there at once, goes out in one write with the head. */
const smallBytes = 65_536

const plain: ExchangeInit = {}

/**
 * One request and its response.
 *
 * `start` calls the handler. Its response, or that for its error, goes to the sink as a whole if it is small and there, by a
 * `ResponseSender` if it is not. An error can be answered until the head was sent; after that it cuts the response.
 */
export class Exchange implements ClientOwner, ContentOwner, ResponseOwner {
  readonly request: HttpRequest
  readonly #sink: ResponseSink
  readonly #context: HostContext
  readonly #init: ExchangeInit
  readonly #client: IncomingClient
  /** `undefined` if the request has none. */
  readonly #content: IncomingContent | undefined
  #sender: ResponseSender | undefined
  #over = false
  /** `undefined` before the first error. */
  #errors: RequestErrors | undefined

  constructor(req: Incoming, sink: ResponseSink, context: HostContext, init: ExchangeInit = plain) {
    this.#sink = sink
    this.#context = context
    this.#init = init
    this.#client = new IncomingClient(req, sink, context.draining, this)
    const length = lengthOf(req)
    this.#content = length === 0 ? undefined : new IncomingContent(req, this, length)
    this.request = requestOf(req, contentBody(this.#content, length), this.#client, init.headers)
  }

  /** Calls the handler. */
  start(handler: Handler): void {
    try {
      const response = handler(this.request)
      if (isPromiseLike(response)) this.#waitFor(response)
      else this.#respond(response)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Takes the error of a receipt. */
  report(error: unknown): void {
    this.#report(error)
  }

  /** @throws {BodyError} `BODY_USED`, if other code has read the content. */
  checkUnread(): void {
    this.#content?.checkUnread()
  }

  /** The content comes by another stream from now on. */
  contentComesBy(stream: Readable): void {
    this.#content?.readFrom(stream)
  }

  contentWanted(hasArrived: boolean): void {
    this.#client.watch()
    const isAwaited = this.#init.awaitsContinue === true && !hasArrived
    if (isAwaited && !this.#sink.headSent) this.#sink.sendContinue()
  }

  contentCut(reason: BodyError): void {
    this.#client.abort(() => reason)
  }

  clientLeft(): void {
    const sender = this.#sender
    if (sender !== undefined) {
      if (!sender.hasBegun && this.#sink.headSent) this.#report(begunElsewhere())
      this.#close(() => sender.close())
    }
    this.#over = true
    this.#content?.stop(() => this.#client.reason ?? requestOver())
  }

  bodyEnded(failure: BodyFailure): void {
    if (failure === undefined) this.#completed()
    else this.#fail(failure.error)
  }

  /** A method of its own, so that a response that is there costs no closures. */
  #waitFor(response: PromiseLike<HttpResponse>): void {
    whenAnswered(
      response,
      (answer) => this.#respond(answer),
      (error) => this.#fail(error),
    )
  }

  /** The handler or the response's body failed: another response if none has begun, otherwise this one is cut. */
  #fail(error: unknown): void {
    if (this.#over) return this.#report(error)
    if (this.#sink.headSent) {
      this.#report(error)
      return this.#cut()
    }
    if (this.#init.passesError?.(error) === true) {
      this.#over = true
      return
    }
    const answer = answerError(error)
    this.#report(error, answer.status)
    this.#sender = undefined
    try {
      this.#respond(answer)
    } catch (failure) {
      this.#report(failure)
      this.#cut()
    }
  }

  /** What was flushed arrives first. */
  #cut(): void {
    this.#endRequest()
    const sink = this.#sink
    if (this.#sender === undefined) sink.cut()
    else this.#sender.afterWrites(() => sink.cut())
  }

  #respond(response: HttpResponse): void {
    checkResponse(response)
    if (this.#over || this.#sink.closed) return this.#abandon(response)
    try {
      if (this.#sink.headSent) throw begunElsewhere()
      if (takesOver<TakeOver>(response)) return this.#switch(response)
      this.#init.switching?.refused()
      if (this.#init.passesOn?.(response) === true) {
        this.#over = true
        return
      }
      const head = responseHead(this.request, response, this.#isDraining)
      if (head.dropped.length > 0) this.#report(droppedFields(head.dropped))
      if (head.hasContent) return this.#send(head, response)
      this.#closeUnread(response)
      this.#sink.sendWhole(head, undefined)
    } catch (error) {
      this.#closeUnread(response)
      throw error
    }
    this.#completed()
  }

  /** The client has gone while the handler worked, or has got a response of other code. */
  #abandon(response: HttpResponse): void {
    if (this.#sink.headSent) this.#report(begunElsewhere())
    this.#client.abort(clientGone)
    this.#over = true
    this.#closeUnread(response)
  }

  #send(head: ResponseHead, { body }: HttpResponse): void {
    const source = pullFrom(body)
    const { length } = head
    if (length === undefined || length > smallBytes) return this.#stream(head, source)
    const content = source.whole?.(length) ?? takeWhole(source, length)
    if (typeof content !== 'string' && !ArrayBuffer.isView(content))
      return this.#stream(head, content)
    this.#sink.sendWhole(head, content)
    this.#completed()
  }

  #stream(head: ResponseHead, source: ReturnType<typeof pullFrom>): void {
    this.#sender = new ResponseSender(source, head, this.#sink, this)
    this.#client.watch()
    this.#sender.start()
  }

  #switch(response: SwitchingResponse<TakeOver>): void {
    const { switching } = this.#init
    if (switching === undefined)
      throw responseInvalid('a takeOver, wanted an Upgrade or a CONNECT, and attach()')
    switching.check(response)
    this.#closeUnread(response)
    this.#endRequest()
    switching.takenOver(response, (error) => this.#report(error))
  }

  get #isDraining(): boolean {
    return this.#context.draining?.aborted === true
  }

  /** The whole response was given to the sink. */
  #completed(): void {
    this.#endRequest()
    if (this.#isDraining) this.#sink.closeConnection?.()
  }

  /** Nothing of the request is of use any more. */
  #endRequest(): void {
    this.#over = true
    this.#content?.stop(requestOver)
    this.#client.abort(requestOver)
  }

  #closeUnread({ body }: HttpResponse): void {
    this.#close(() => closeBody(body))
  }

  #close(close: () => void | PromiseLike<void>): void {
    callUser(close, (error) => this.#report(error))
  }

  /** @param status The status of the response; `undefined` if no response shows the error. */
  #report(error: unknown, status?: number): void {
    if (this.#init.isReported?.(error) === true) return
    this.#errors ??= new RequestErrors(this.#client)
    if (this.#errors.isNew(error)) this.#context.report(error, this.request, status)
  }
}
