import { constants } from 'node:http2'
import process from 'node:process'
import { grouped } from './grouped.ts'
import { http2Headers } from './http2-headers.ts'
import { addHttp2Trailers } from './http2-trailers.ts'
import { keepingOthers } from './keeping-others.ts'
import type { Http2ServerResponse, OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import type { Fields } from '@sluice/body'
import type { ResponseHead } from './response-head.ts'
import type { ResponseSink, Written } from './response-sink.ts'

/** A client may take this many milliseconds to answer a PING before its stream is reset. */
const lingerMs = 2000

/**
 * A response by the stream of `node:http2`.
 *
 * Not by `res`, which has no informational responses but 103, no trailers that repeat a name, and ends a stream that failed as if
 * it were complete.
 */
export class Http2Sink implements ResponseSink {
  readonly #res: Http2ServerResponse
  readonly #stream: ServerHttp2Stream

  constructor(res: Http2ServerResponse) {
    this.#res = res
    this.#stream = res.stream
  }

  get headSent(): boolean {
    return this.#stream.headersSent
  }

  get closed(): boolean {
    return this.#stream.destroyed || this.#stream.closed
  }

  whenClosed(call: (isComplete: boolean) => void): void {
    const stream = this.#stream
    let isCalled = false
    const closed = () => {
      if (isCalled) return
      isCalled = true
      call(stream.writableFinished && !stream.aborted)
    }
    if (this.closed) return closed()
    stream.once('close', closed)
    stream.once('aborted', () => {
      closed()
      // After RST_STREAM with NO_ERROR, Node keeps a stream that has something to write. Destroyed in the next tick, since our own
      // RST_STREAM is still to be sent.
      process.nextTick(() => stream.destroy())
    })
  }

  sendWhole(head: ResponseHead, content: string | Uint8Array | undefined): void {
    const endStream = content === undefined
    this.#stream.respond(this.#http2Headers(head), { endStream })
    if (typeof content === 'string') this.#stream.end(content, 'latin1')
    else if (content !== undefined) this.#stream.end(content)
    endUnread(this.#stream)
  }

  writeHead(head: ResponseHead): void {
    // The listener of `res` sends the trailers that `setTrailer` was given, or none.
    this.#stream.respond(this.#http2Headers(head), { waitForTrailers: true })
  }

  write(parts: readonly Uint8Array[], written: Written): boolean {
    const stream = this.#stream
    const last = parts.length - 1
    if (last > 0) stream.cork()
    let hasRoom = true
    for (let i = 0; i <= last; i++) {
      const part = parts[i]
      if (part !== undefined)
        hasRoom = i === last ? stream.write(part, written) : stream.write(part)
    }
    if (last > 0) stream.uncork()
    return hasRoom
  }

  flushHead(written: Written): void {
    // The session sends it at the end of this tick. An empty DATA frame would tell no more.
    setImmediate(written)
  }

  end(trailers: Fields | undefined, failed: (error: unknown) => void): void {
    if (trailers !== undefined)
      addHttp2Trailers(this.#res, trailers, (error) => {
        failed(error)
        this.cut()
      })
    this.#stream.end()
    endUnread(this.#stream)
  }

  /** After a PING has come back: if RST_STREAM comes in one segment with the content before it, curl and others drop that. */
  cut(): void {
    const stream = this.#stream
    const reset = () => {
      clearTimeout(linger)
      stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    }
    const linger = setTimeout(reset, lingerMs)
    const { session } = stream
    if (session === undefined || session.destroyed || !session.ping(reset)) reset()
  }

  /** By GOAWAY (RFC 9113 6.8). On Node 20 and 22, `close()` of a server waits until clients close their sessions. */
  closeConnection(): void {
    this.#stream.session?.close()
  }

  inform(status: number, flat: readonly string[]): void {
    this.#stream.additionalHeaders({ ...http2Headers(grouped(flat)), ':status': status })
  }

  sendContinue(): void {
    this.#res.writeContinue()
  }

  #http2Headers({ status, flat }: ResponseHead): OutgoingHttpHeaders {
    const headers: OutgoingHttpHeaders = { ...this.#res.getHeaders() }
    const all = keepingOthers(this.#res, flat)
    delete headers['content-length']
    Object.assign(headers, http2Headers(all))
    headers[':status'] = status
    return headers
  }
}

/**
 * RFC 9113 8.1: a complete response ends a request of which content is still to come, without an error.
 *
 * What is under way is discarded first: if a stream is reset while it has something to write, a client on Node 20 or 22 gets the
 * response but never closes the stream.
 */
export const endUnread = (stream: ServerHttp2Stream): void => {
  if (stream.readableEnded || stream.endAfterHeaders) return
  stream.once('finish', () => {
    if (!stream.readableEnded) discardThenClose(stream)
  })
}

/** Closes a stream after a PING during which no content came: the client has sent what it has for now. */
const discardThenClose = (stream: ServerHttp2Stream): void => {
  let hasArrived = false
  const close = () => stream.close(constants.NGHTTP2_NO_ERROR)
  const round = () => {
    if (stream.closed || stream.readableEnded) return
    if (!hasArrived) return close()
    ping()
  }
  const ping = () => {
    hasArrived = false
    const { session } = stream
    if (session === undefined || session.destroyed || !session.ping(round)) close()
  }
  const linger = setTimeout(close, lingerMs)
  stream.once('close', () => clearTimeout(linger))
  stream.on('data', () => {
    hasArrived = true
  })
  ping()
}
