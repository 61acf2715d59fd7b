import { innermost } from '../sending/cut-layer.ts'
import { captureMethods } from './capture-methods.ts'
import { emitDrain } from './capture-state.ts'
import { CapturedBody } from './captured-body.ts'
import { CapturedCalls } from './captured-calls.ts'
import { HeldHead } from './held-head.ts'
import { isGone, isHttp2 } from './host-response.ts'
import { cutShort } from './node-error.ts'
import { OriginalMethods } from './original-methods.ts'
import type { Fields } from '@sluice/body'
import type { HttpResponse } from '@sluice/stack'
import type { CapturedResponse } from './capture-state.ts'
import type { BodyOwner } from './captured-body.ts'
import type { HeadValue } from './captured-head.ts'

// How the rest of an application becomes the handler of a middleware.
//
// The application keeps its `res`. A capture replaces the methods by which it answers, as properties of the object itself: Express
// gives `res` another prototype at each application that is mounted. Layers outside have replaced some of these methods before;
// layers inside may replace ours. So a head begins by `res.writeHead`, which is that of the innermost layer, and the response is
// sent by the methods that stood there before.
//
// What the application writes is held until the middleware has answered. If the middleware returns the body that it got, all of it
// goes to the original methods as it came, and from then on ours only pass calls on: the response is Node's own again. Otherwise the
// body is pulled, and the new one is sent by the original methods.
//
// - `Capture` is the response as the middleware and layers outside see it: it is sent, passed on, cut or given back.
// - `CapturedCalls` is what the application does to it, by the methods that `captureMethods` replaces.
// - `HeldHead` and `CapturedBody` hold what it has said so far.

export class Capture implements BodyOwner {
  readonly isHttp2: boolean
  readonly original: OriginalMethods
  readonly head: HeldHead
  readonly body: CapturedBody
  readonly calls: CapturedCalls
  /** The capture of a layer outside that uses a middleware too. */
  readonly outer: Capture | undefined
  /** The error of a body that the application has cut. It has been reported where it failed. */
  cutError: Error | undefined
  /** Whether trailers go to the original method: those of the middleware's response are set. */
  passesTrailers = false
  #isReleased = false
  #isOver = false
  #endsLater = false
  readonly #res: CapturedResponse

  constructor(res: CapturedResponse, isHead: boolean) {
    this.#res = res
    this.outer = res[innermost]
    this.head = new HeldHead(res)
    this.isHttp2 = isHttp2(res)
    this.original = new OriginalMethods(res)
    this.body = new CapturedBody(res.writableHighWaterMark, this)
    this.calls = new CapturedCalls(this, res, isHead)
    captureMethods(res, this)
    res[innermost] = this
  }

  /** Whether all calls go to the original methods. */
  get isReleased(): boolean {
    return this.#isReleased
  }

  get hasEnded(): boolean {
    return this.calls.hasEnded
  }

  /** The response was ended before the application has ended it. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** The response has no content, and ends when the application ends it. */
  get endsLater(): boolean {
    return this.#endsLater
  }

  get isGone(): boolean {
    return isGone(this.#res)
  }

  drained(): void {
    emitDrain(this.#res, this)
  }

  /** The response of the application, as far as it is there. */
  response(): HttpResponse {
    return { status: this.#res.statusCode, headers: this.head.read(), body: this.body.body() }
  }

  /**
   * Writes what a middleware has changed of the head to the response, where layers outside see it. From now on the response takes
   * fields again, until the head is sent.
   *
   * @param flat Names and values in turn.
   */
  setHead(status: number, flat: readonly HeadValue[]): void {
    this.#uncoverHead()
    this.head.change(status, flat)
  }

  sendHead(): void {
    this.original.writeHead(this.#res.statusCode)
    this.head.sent()
  }

  /** Sends what is held as it came, with the head of the middleware, and gives the response back. */
  passOn({ status, headers }: HttpResponse): void {
    const { original } = this
    const { needsDrain } = this.body
    const items = this.body.takeAll()
    this.#uncoverHead()
    this.head.changeTo(status, headers)
    this.release()
    const [first] = items
    if (this.hasEnded && items.length === 0) return void original.end()
    if (this.hasEnded && items.length === 1 && first?.kind === 'written' && !first.callback)
      return void original.end(first.chunk, first.encoding)
    this.sendHead()
    let hasRoom = true
    for (const item of items) hasRoom = original.do(item)
    if (this.hasEnded) original.end()
    else if (needsDrain && hasRoom) emitDrain(this.#res, this)
  }

  /**
   * Ends a response without content: when the application ends it, as in Node. A client that has the head could close the connection
   * before, so the head goes with the end too, unless the application has flushed it.
   */
  finishWithoutContent(): void {
    if (this.hasEnded || !this.head.hasBegun) return this.finish()
    this.body.close()
    this.#endsLater = true
    if (this.calls.hasFlushed) this.original.flushHeaders()
  }

  /** Ends the response. What the application still writes is dropped. */
  finish(chunk?: unknown, encoding?: unknown): void {
    if (this.hasEnded) this.release()
    else {
      this.#isOver = true
      this.body.close()
    }
    this.original.end(chunk, encoding)
  }

  /** The application has failed after its head: the body fails after what is held. */
  cut(): boolean {
    if (this.#isReleased || this.hasEnded || this.#endsLater) return false
    this.cutError ??= cutShort()
    this.body.fail(this.cutError)
    return true
  }

  /** Cuts the response through a layer outside; `false` if none holds it. */
  cutOutside(): boolean {
    return this.outer !== undefined && (this.outer.cut() || this.outer.cutOutside())
  }

  /**
   * Gives the response back as it was before the application began to answer.
   *
   * @param added Fields for whatever is answered now.
   */
  giveBack(added: Fields): void {
    this.release()
    this.body.close()
    this.head.reset(added)
  }

  /** Gives the response back: from now on all calls go to the original methods. */
  release(): void {
    this.#uncoverHead()
    this.#isReleased = true
    const res = this.#res
    while (res[innermost]?.isReleased === true) res[innermost] = res[innermost].outer
  }

  #uncoverHead(): void {
    if (this.head.uncover()) this.calls.uncovered()
  }
}
