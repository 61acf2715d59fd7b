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
  takesOver,
  whenAnswered,
} from '@sluice/stack/host'
import { responseHead } from '../http1/response-head.ts'
import { switchingHead } from '../http1/switching-head.ts'
import { willKeepAlive } from './keep-alive.ts'
import { RequestContent, skipContent } from './request-content.ts'
import { ResponseWriter } from './response-writer.ts'
import { ServerClient } from './server-client.ts'
import { takeSmall } from './small-content.ts'
import type { AnyFrame, BodyError } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { HttpRequest, HttpResponse } from '@sluice/stack'
import type { BodyFailure } from '@sluice/stack/host'
import type { RequestHead } from '../http1/request-head.ts'
import type { ResponseHead } from '../http1/response-head.ts'
import type { SwitchingResponse } from '../take-over.ts'
import type { AfterResponse, ExchangeConnection } from './exchange-connection.ts'
import type { ResponseOwner } from './response-writer.ts'

/**
 * One request and its response.
 *
 * `start` calls the handler. Its response, or that for its error, goes to the write buffer as a whole if it is small and there, by
 * a `ResponseWriter` if it is not. An error can be answered until the head is in the write buffer; after that it breaks the
 * connection. `#end` is called exactly once, unless the connection abandons the exchange first.
 *
 * Parts are made only when they are needed: a plain GET does without most of them.
 */
export class Exchange implements ResponseOwner {
  /** Kept for `onError`, if there is one. */
  request: HttpRequest | undefined
  /** `undefined` if the request has none. */
  readonly content: RequestContent | undefined
  /** The part of the head that the response depends on. The rest is freed. */
  readonly method: string
  readonly version: RequestHead['version']
  readonly upgrade: string | undefined
  readonly keepAlive: boolean
  readonly #connection: ExchangeConnection
  readonly #client: ServerClient
  #writer: ResponseWriter | undefined
  /** What comes after the response, by its head: another one, or the end of the connection, which may be that of its content. */
  #next: 'response' | 'close' | 'end of content' = 'response'
  #over = false
  /** `undefined` before the first error. */
  #errors: RequestErrors | undefined

  constructor(head: RequestHead, connection: ExchangeConnection) {
    this.method = head.method
    this.version = head.version
    this.upgrade = head.upgrade
    this.keepAlive = head.keepAlive
    this.#connection = connection
    this.#client = new ServerClient(connection)
    this.content = head.framing.kind === 'none' ? undefined : new RequestContent(head, connection)
  }

  /** Which pause of the body lasts, counted from 1; 0 if none does. */
  get pause(): number {
    return this.#writer?.pause ?? 0
  }

  /** Whether the head of the response is in the write buffer, and more is to come. */
  get #hasBegun(): boolean {
    return this.#writer?.hasBegun === true
  }

  /** Whether the response has begun, and is complete only when the connection has ended. */
  get endsWithConnection(): boolean {
    return this.#next === 'end of content' && this.#hasBegun
  }

  /** Calls the handler. */
  start({ method, target, version, headers, framing }: RequestHead): void {
    const { handler, keepsRequests } = this.#connection.context
    const body = contentBody(this.content, framing.kind === 'length' ? framing.bytes : undefined)
    const request = { method, target, version, headers, body, client: this.#client }
    if (keepsRequests) this.request = request
    try {
      const response = handler(request)
      if (isPromiseLike(response)) this.#waitFor(response)
      else this.#respond(response)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** The socket has room again. */
  roomMade(): void {
    this.#writer?.pump()
  }

  /** The client has closed its half; it may still read. */
  inputEnded(): void {
    this.content?.inputEnded()
    this.#client.abort(clientGone)
  }

  /** The connection has closed. The signal comes first, since closing a generator does not interrupt its waits. */
  abandon(reason: BodyError): void {
    this.#client.abort(() => reason)
    if (this.#over) return
    this.#over = true
    this.content?.fail(reason)
    this.#close(() => this.#writer?.close())
  }

  /** @param from A client or content, of this exchange or an earlier one. */
  inform(from: object, head: string): void {
    if (from !== this.#client && from !== this.content) return
    if (this.#over || this.#hasBegun || this.version === '1.0') return
    this.#connection.output.add(head)
    this.#connection.output.write()
  }

  bodyEnded(failure: BodyFailure): void {
    if (failure === undefined) this.#complete()
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

  /** The handler or the response's body failed: another response if none has begun, otherwise the connection ends. */
  #fail(error: unknown): void {
    if (this.#over) return this.#report(error)
    if (this.#hasBegun) {
      this.#report(error)
      return this.#end(this.#next === 'end of content' ? 'reset' : 'close')
    }
    const answer = answerError(error)
    this.#report(error, answer.status)
    this.#writer = undefined
    this.#respond(answer)
  }

  #respond(response: HttpResponse): void {
    checkResponse(response)
    if (this.#over) return this.#closeUnread(response)
    if (takesOver(response)) return this.#switch(response)
    try {
      const head = this.#headOf(response)
      if (head.framing.kind !== 'none') return this.#send(head, response)
      this.#closeUnread(response)
      this.#connection.output.add(head.text)
    } catch (error) {
      this.#closeUnread(response)
      throw error
    }
    this.#complete()
  }

  /** Writes the head of the response, and says what comes after it. */
  #headOf(response: HttpResponse): ResponseHead {
    const { context } = this.#connection
    const { date, headCache: cache } = context
    const keepAlive = willKeepAlive(this.#connection, this.content, this, response)
    const head = responseHead(this, response, { keepAlive, date, cache })
    if (head.dropped.length > 0) context.report(droppedFields(head.dropped), this.request)
    if (head.framing.kind === 'close') this.#next = 'end of content'
    else this.#next = head.keepAlive ? 'response' : 'close'
    return head
  }

  #send(head: ResponseHead, { body }: HttpResponse): void {
    const { output } = this.#connection
    const content = takeSmall(pullFrom(body), head.framing)
    if (typeof content === 'string') output.add(head.text + content)
    else if (ArrayBuffer.isView(content)) {
      output.add(head.text)
      output.add(content)
    } else return this.#stream(head, content)
    this.#complete()
  }

  #stream({ text, framing }: ResponseHead, source: Pull<AnyFrame>): void {
    const { output, context } = this.#connection
    const { highWaterBytes } = context.limits
    this.#writer = new ResponseWriter(source, text, framing, output, highWaterBytes, this)
    this.#writer.pump()
  }

  #switch(response: SwitchingResponse): void {
    const { parser, output } = this.#connection
    const head = switchingHead(this, response)
    skipContent(parser)
    this.#closeUnread(response)
    this.#endRequest()
    if (!response.writesResponse) output.add(head)
    this.#connection.takenOver(response.takeOver)
  }

  #complete(): void {
    const isUsable = this.#next === 'response' && this.#connection.parser.state !== 'refused'
    this.#end(isUsable ? 'keep alive' : 'close')
  }

  #end(after: AfterResponse): void {
    if (this.#over) return
    this.#endRequest()
    this.#connection.ended(after)
  }

  /** Nothing of the request is of use any more. */
  #endRequest(): void {
    this.#over = true
    this.content?.requestOver()
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
    this.#errors ??= new RequestErrors(this.#client)
    if (this.#errors.isNew(error)) this.#connection.context.report(error, this.request, status)
  }
}
