import { cutLayer } from './cut-layer.ts'
import { flushLayer } from './flush-layer.ts'
import { http2Headers } from './http2-headers.ts'
import { endUnread, Http2Sink } from './http2-sink.ts'
import { addHttp2Trailers } from './http2-trailers.ts'
import { keepingOthers } from './keeping-others.ts'
import type { Http2ServerResponse } from 'node:http2'
import type { Fields } from '@sluice/body'
import type { ResponseHead } from './response-head.ts'
import type { Written } from './response-sink.ts'

/** Whether a layer outside has replaced the methods of a response, as `toMiddleware` and on-headers do. */
export const isLayered = (res: Http2ServerResponse): boolean =>
  Object.hasOwn(res, 'writeHead') || Object.hasOwn(res, 'write') || Object.hasOwn(res, 'end')

/** A response by `res` of `node:http2`, so that no layer outside is passed by. */
export class LayeredHttp2Sink extends Http2Sink {
  readonly #res: Http2ServerResponse

  constructor(res: Http2ServerResponse) {
    super(res)
    this.#res = res
  }

  override get headSent(): boolean {
    return this.#res.headersSent
  }

  override sendWhole(head: ResponseHead, content: string | Uint8Array | undefined): void {
    this.writeHead(head)
    if (typeof content === 'string') this.#res.end(content, 'latin1')
    else if (content === undefined) this.#res.end()
    else this.#res.end(content)
    endUnread(this.#res.stream)
  }

  override writeHead({ status, flat, length }: ResponseHead): void {
    if (length === undefined) this.#res.removeHeader('content-length')
    this.#res.writeHead(status, http2Headers(keepingOthers(this.#res, flat)))
  }

  override write(parts: readonly Uint8Array[], written: Written): boolean {
    let hasRoom = true
    parts.forEach((part, at) => {
      hasRoom = at < parts.length - 1 ? this.#res.write(part) : this.#res.write(part, written)
    })
    return hasRoom
  }

  flushed(): void {
    flushLayer(this.#res)
  }

  override end(trailers: Fields | undefined, failed: (error: unknown) => void): void {
    if (trailers !== undefined)
      addHttp2Trailers(this.#res, trailers, (error) => {
        failed(error)
        this.cut()
      })
    this.#res.end()
    endUnread(this.#res.stream)
  }

  override cut(): void {
    if (!cutLayer(this.#res)) super.cut()
  }
}
