import { isHttp2Response } from '../incoming/incoming.ts'
import { Http1Sink } from '../sending/http1-sink.ts'
import { endUnread, Http2Sink } from '../sending/http2-sink.ts'
import { addHttp2Trailers } from '../sending/http2-trailers.ts'
import type { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Fields } from '@sluice/body'
import type { Outgoing } from '../incoming/incoming.ts'
import type { Http1Methods } from '../sending/http1-sink.ts'
import type { ResponseHead } from '../sending/response-head.ts'
import type { ResponseSink, Written } from '../sending/response-sink.ts'
import type { Capture } from './capture.ts'

/**
 * A response of a middleware, sent by the methods that stood there before the capture, so that layers outside see it.
 *
 * What a response has no methods for is left to the sink of the host.
 */
export class MiddlewareSink implements ResponseSink {
  readonly #capture: Capture
  readonly #res: Outgoing
  #made: ResponseSink | undefined
  #whenClosed: ((isComplete: boolean) => void)[] | undefined

  constructor(capture: Capture, res: Outgoing) {
    this.#capture = capture
    this.#res = res
  }

  get headSent(): boolean {
    return this.#capture.head.isSent
  }

  get closed(): boolean {
    return this.#capture.isHttp2 ? this.#host.closed : this.#res.destroyed || this.#res.closed
  }

  /** Made when it is needed: a response that is passed on unchanged does not need it. */
  get #host(): ResponseSink {
    this.#made ??= isHttp2Response(this.#res)
      ? new Http2Sink(this.#res)
      : new Http1Sink(this.#res, originalMethods(this.#capture, this.#res))
    return this.#made
  }

  /** One listener for all, which does not count: Node warns of more than ten. */
  whenClosed(call: (isComplete: boolean) => void): void {
    if (this.closed) return this.#host.whenClosed(call)
    if (this.#whenClosed !== undefined) return void this.#whenClosed.push(call)
    const calls = [call]
    this.#whenClosed = calls
    if (!isHttp2Response(this.#res)) allowListener(this.#res)
    this.#host.whenClosed((isComplete) => {
      for (const each of calls) each(isComplete)
    })
  }

  sendWhole(head: ResponseHead, content: string | Uint8Array | undefined): void {
    const capture = this.#capture
    capture.setHead(head.status, head.flat)
    if (!capture.isHttp2) {
      // The fields are set already.
      const bare = { ...head, flat: [] }
      if (content !== undefined) return this.#host.sendWhole(bare, content)
      this.#host.writeHead(bare)
      return capture.finishWithoutContent()
    }
    capture.sendHead()
    // Not by `end`, which calls `res.write`.
    if (content !== undefined) capture.original.write(content, 'latin1')
    this.#finish()
  }

  writeHead(head: ResponseHead): void {
    const capture = this.#capture
    capture.setHead(head.status, head.flat)
    if (capture.isHttp2) capture.sendHead()
    else this.#host.writeHead({ ...head, flat: [] })
  }

  write(parts: readonly Uint8Array[], written: Written): boolean {
    const { isHttp2, original } = this.#capture
    if (!isHttp2) return this.#host.write(parts, written)
    let hasRoom = true
    for (let i = 0; i < parts.length; i++)
      hasRoom = original.write(parts[i], undefined, i === parts.length - 1 ? written : undefined)
    return hasRoom
  }

  flushHead(written: Written): void {
    this.#host.flushHead(written)
  }

  flushed(): void {
    this.#capture.original.flush()
  }

  end(trailers: Fields | undefined, failed: (error: unknown) => void): void {
    const res = this.#res
    if (!isHttp2Response(res)) return this.#host.end(trailers, failed)
    this.#capture.passesTrailers = true
    if (trailers !== undefined)
      addHttp2Trailers(res, trailers, (error) => {
        failed(error)
        this.cut()
      })
    this.#finish()
  }

  #finish(): void {
    this.#capture.finish()
    if (isHttp2Response(this.#res)) endUnread(this.#res.stream)
  }

  cut(): void {
    if (!this.#capture.cutOutside()) this.#host.cut()
  }

  inform(status: number, flat: readonly string[]): void {
    this.#host.inform(status, flat)
  }

  sendContinue(): void {
    this.#host.sendContinue()
  }
}

const allowListener = (emitter: EventEmitter): void => {
  const limit = emitter.getMaxListeners()
  // 0 is no limit.
  if (limit > 0) emitter.setMaxListeners(limit + 1)
}

const originalMethods = (capture: Capture, res: ServerResponse): Http1Methods => ({
  writeHead() {
    capture.sendHead()
    return res
  },
  write: (chunk: unknown, encoding?: unknown, callback?: unknown) =>
    capture.original.write(chunk, encoding, callback),
  end(chunk?: unknown, encoding?: unknown) {
    capture.finish(chunk, encoding)
    return res
  },
  addTrailers(trailers) {
    capture.original.addTrailers(trailers)
  },
})
