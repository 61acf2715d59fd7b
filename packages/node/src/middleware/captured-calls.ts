import { lengthMismatch } from '@sluice/stack/host'
import { showEnd, showWrites } from './capture-state.ts'
import { trailersOf } from './captured-trailers.ts'
import { destroyed, failCallback, failWrite } from './node-error.ts'
import { written } from './written.ts'
import type { Fields } from '@sluice/body'
import type { Capture } from './capture.ts'
import type { CapturedResponse } from './capture-state.ts'
import type { Callback } from './host-response.ts'

/** What an application does to a captured response: its calls of `res.write`, `res.end` and the like. */
export class CapturedCalls {
  /** The application has written more or fewer bytes than its `content-length` says. */
  lengthError: Error | undefined
  #hasWritten = false
  #hasEnded = false
  #hasFlushed = false
  /** Whether the call of the middleware has not returned yet. */
  #isCalling = true
  #trailers: Fields | undefined
  #onHead: (() => void) | undefined
  readonly #capture: Capture
  readonly #res: CapturedResponse
  readonly #isHead: boolean

  constructor(capture: Capture, res: CapturedResponse, isHead: boolean) {
    this.#capture = capture
    this.#res = res
    this.#isHead = isHead
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  get hasFlushed(): boolean {
    return this.#hasFlushed
  }

  /**
   * The call of the middleware has returned. Until then `finished` says that the application has ended: a response that is sent
   * meanwhile needs no properties for that, which are slow to define.
   */
  returned(): void {
    this.#isCalling = false
    if (!this.#hasEnded || this.#capture.isReleased) return
    this.#uncoverEnd()
    showEnd(this.#res)
  }

  /** Calls once when the application has begun to answer: at its end, or after the job that wrote the head. */
  whenHead(call: () => void): void {
    this.#onHead = call
  }

  /** The response takes fields again: a head that was held no longer says that the application has ended. */
  uncovered(): void {
    if (this.#isCalling) this.#uncoverEnd()
  }

  writeHead(status: unknown, reason: unknown, fields: unknown): void {
    this.#capture.head.hold(status, reason, fields)
    if (this.#onHead !== undefined) queueMicrotask(() => this.#begun())
  }

  write(chunk: unknown, encoding: unknown, callback: Callback | undefined): boolean {
    if (this.#hasEnded) return failWrite(this.#res, callback)
    if (this.#capture.isGone) return failCallback(callback, destroyed())
    const item = written(chunk, encoding, callback)
    this.#begin()
    this.#hasWritten = true
    showWrites(this.#res)
    return this.#capture.body.write(item)
  }

  end(chunk: unknown, encoding: unknown, callback: Callback | undefined): void {
    const { body, isHttp2 } = this.#capture
    const isEmpty = chunk === undefined || chunk === null || chunk === ''
    if (this.#hasEnded && !isEmpty) return void failWrite(this.#res, callback)
    const item = isEmpty ? undefined : written(chunk, encoding, undefined)
    if (callback !== undefined) this.#whenFinished(callback)
    if (this.#hasEnded) return
    this.#begin()
    if (item !== undefined && item.byteLength > 0) body.write(item)
    if (this.#trailers !== undefined) body.trailers(this.#trailers)
    const stated = this.#statedLength()
    if (stated !== undefined && stated !== body.writtenBytes) this.#failLength(stated)
    this.#hasEnded = true
    if (this.#isCalling && !this.#hasWritten && !isHttp2) this.#res.finished = true
    else showEnd(this.#res)
    body.end()
    this.#begun()
    if (this.#capture.endsLater) this.#capture.finish()
  }

  flush(): void {
    const { head, body, original, endsLater } = this.#capture
    if (!head.hasBegun) return
    this.#hasFlushed = true
    body.flush()
    if (endsLater) original.flushHeaders()
  }

  flushHeaders(): void {
    this.#begin()
    this.flush()
  }

  addTrailers(trailers: object): void {
    this.#trailers = trailersOf(trailers)
  }

  /** The length of the content by the field of the application, if the response has content. */
  #statedLength(): number | undefined {
    const { statusCode } = this.#res
    if (this.#isHead || statusCode === 204 || statusCode === 304) return undefined
    const length = this.#res.getHeader('content-length')
    return length === undefined ? undefined : Number(length)
  }

  /** A middleware that reads the body gets the error at its end. If it is passed on as it came, the client sees the difference. */
  #failLength(stated: number): void {
    const { body } = this.#capture
    this.lengthError = lengthMismatch(body.writtenBytes > stated ? 'more' : 'fewer')
    body.fail(this.lengthError)
  }

  #uncoverEnd(): void {
    if (!this.#capture.isHttp2) this.#res.finished = false
  }

  /** Begins a head that the application has not written itself. */
  #begin(): void {
    if (!this.#capture.head.hasBegun) this.#res.writeHead(this.#res.statusCode)
  }

  #begun(): void {
    const call = this.#onHead
    this.#onHead = undefined
    call?.()
  }

  #whenFinished(callback: Callback): void {
    if (this.#capture.isOver) process.nextTick(callback)
    else this.#res.once('finish', callback)
  }
}
