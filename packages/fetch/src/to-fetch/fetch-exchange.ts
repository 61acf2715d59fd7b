import { closeBody } from '@sluice/body'
import { isPromiseLike, nothing, pullFrom } from '@sluice/body/engine'
import { answerError, checkResponse, HttpError } from '@sluice/stack'
import {
  callUser,
  clientGone,
  droppedFields,
  RequestErrors,
  reportError,
  requestOver,
  takesOver,
} from '@sluice/stack/host'
import { Chunks } from './chunks.ts'
import { FetchClient } from './fetch-client.ts'
import { fetchHead, streamHead } from './fetch-head.ts'
import { requestWith } from './from-request.ts'
import { keepRunning, onLeft } from './host-context.ts'
import { streamedResponse, wholeContent, wholeResponse } from './response-of.ts'
import { streamOf } from './to-readable-stream.ts'
import type { BodyError, Bytes } from '@sluice/body'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'
import type { GivenResponse } from '../middleware/given-response.ts'
import type { Gathered } from './chunks.ts'
import type { FetchHead } from './fetch-head.ts'
import type { FetchOptions } from './to-fetch.ts'
import type { StreamEvents } from './to-readable-stream.ts'

/** The application behind a middleware. */
export interface Inner {
  /** The request that the middleware gets. */
  requestFor(request: HttpRequest): HttpRequest
  /** The response of the application whose body this response has. */
  givenFor(response: HttpResponse): GivenResponse | undefined
  /** Whether the application has failed with this error: its host answers it. */
  hasThrown(error: unknown): boolean
}

/**
 * One request and its response.
 *
 * A fetch host gets the head of a response together with its body, as one `Response`. That is made when the first bytes are there, or a
 * flush or a pause sends the head: until then an error is answered by another response. After that an error fails the stream,
 * and the host cuts the connection.
 */
export class FetchExchange implements StreamEvents {
  readonly #request: Request
  readonly #context: unknown
  readonly #client: FetchClient
  readonly #ours: HttpRequest
  readonly #onError: FetchOptions['onError']
  readonly #inner: Inner | undefined
  #stopListening: () => void = nothing
  /** Whether the client left while the stream was sent: its source is being closed. */
  #hasLeft = false
  /** Tells the host that nothing of this request has to run any more. */
  #release: () => void = nothing
  /** `undefined` before the first error. */
  #errors: RequestErrors | undefined

  constructor(request: Request, context: unknown, options: FetchOptions, inner?: Inner) {
    this.#request = request
    this.#context = context
    this.#client = new FetchClient(request, context, options)
    const ours = requestWith(request, context, this.#client)
    this.#ours = inner === undefined ? ours : inner.requestFor(ours)
    this.#onError = options.onError
    this.#inner = inner
  }

  /** Calls the handler. */
  start(handler: Handler): Response | Promise<Response> {
    try {
      const response = handler(this.#ours)
      return isPromiseLike(response) ? this.#later(response) : this.#respond(response)
    } catch (error) {
      return this.#fail(error)
    }
  }

  ended(): void {
    this.#end(requestOver)
  }

  failed(error: unknown): void {
    if (this.#hasLeft) return
    this.report(error)
    this.#end(requestOver)
  }

  cancelled(chunks: Chunks, reason: unknown): void {
    this.#left(chunks, reason)
  }

  async #later(response: PromiseLike<HttpResponse>): Promise<Response> {
    try {
      return await this.#respond(await response)
    } catch (error) {
      return this.#fail(error)
    }
  }

  /** Nothing of a response has left. That for the error is made of values, so it is there at once. */
  #fail(error: unknown): Response | Promise<Response> {
    if (this.#inner?.hasThrown(error) === true) throw error
    const answer = answerError(error)
    this.report(error, answer.status)
    return this.#respond(answer)
  }

  #respond(response: HttpResponse): Response | Promise<Response> {
    checkResponse(response)
    const given = this.#inner?.givenFor(response)
    if (given?.isKept(response) === true) return given.response
    try {
      if (takesOver(response)) throw cannotTakeOver()
      const head = fetchHead(this.#request.method, response)
      if (head.dropped.length > 0) this.report(droppedFields(head.dropped))
      if (given !== undefined) return given.with(head)
      if (head.hasContent) return this.#send(head, response)
      this.#close(() => closeBody(response.body))
      return this.#complete(head, undefined)
    } catch (error) {
      this.#close(() => closeBody(response.body))
      throw error
    }
  }

  #send(given: FetchHead, { body }: HttpResponse): Response | Promise<Response> {
    const source = pullFrom(body)
    const whole = wholeContent(given, source)
    if (whole !== undefined) return this.#complete(given, whole)
    const head = streamHead(given, body, source)
    const chunks = new Chunks(source, head.length, this)
    this.#listen(chunks)
    if (this.#client.hasLeft) this.#left(chunks, this.#request.signal.reason)
    const first = chunks.first()
    if (!isPromiseLike(first)) return this.#begin(head, chunks, first)
    return first.then(
      (gathered) => this.#begin(head, chunks, gathered),
      (error) => this.#fail(error),
    )
  }

  #begin(head: FetchHead, chunks: Chunks, first: Gathered): Response {
    if (chunks.isOver && first !== 'begun') return this.#complete(head, first)
    return streamedResponse(head, streamOf(chunks, this, first))
  }

  #complete(head: FetchHead, content: string | Bytes | undefined): Response {
    this.#end(requestOver)
    return wholeResponse(head, content)
  }

  /** Not every host cancels the stream of a response when its client leaves. */
  #listen(chunks: Chunks): void {
    this.#stopListening = onLeft(this.#request, this.#context, (reason) =>
      this.#left(chunks, reason),
    )
    this.#release = keepRunning(this.#context)
  }

  #left(chunks: Chunks, reason: unknown): void {
    if (this.#hasLeft) return
    this.#hasLeft = true
    this.#abort(() => clientGone(reason))
    this.#close(async () => {
      try {
        await chunks.close(this.#client.reason)
      } finally {
        this.#release()
      }
    })
  }

  #end(makeReason: () => BodyError): void {
    this.#abort(makeReason)
    if (!this.#hasLeft) this.#release()
  }

  #abort(makeReason: () => BodyError): void {
    this.#stopListening()
    this.#client.abort(makeReason)
  }

  #close(close: () => void | PromiseLike<void>): void {
    callUser(close, (error) => this.report(error))
  }

  /** @param status The status of the response; `undefined` if no response shows the error. */
  report(error: unknown, status?: number): void {
    this.#errors ??= new RequestErrors(this.#client)
    if (this.#errors.isNew(error)) reportError(this.#onError, error, this.#ours, status)
  }
}

const cannotTakeOver = () =>
  new HttpError(
    'NOT_IMPLEMENTED',
    'Cannot hand the connection over: a fetch host does not give it to a handler',
  )
