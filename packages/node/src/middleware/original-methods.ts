import { trailersFor } from './captured-trailers.ts'
import { isHttp2 } from './host-response.ts'
import type { Item } from './captured-body.ts'
import type { HostResponse } from './host-response.ts'

/** The methods of a response as they stood before: Node's own, or those of layers outside. */
export class OriginalMethods {
  readonly #res: HostResponse
  readonly #writeHead: HostResponse['writeHead']
  readonly #write: HostResponse['write']
  readonly #end: HostResponse['end']
  readonly #flushHeaders: HostResponse['flushHeaders']
  readonly #flush: HostResponse['flush']
  readonly #addTrailers: HostResponse['addTrailers']

  constructor(res: HostResponse) {
    this.#res = res
    this.#writeHead = res.writeHead
    this.#write = res.write
    this.#end = res.end
    this.#flushHeaders = res.flushHeaders
    this.#flush = res.flush
    this.#addTrailers = res.addTrailers
  }

  writeHead(status: number, ...more: readonly unknown[]): void {
    this.#writeHead.call(this.#res, status, ...more)
  }

  write(chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
    return this.#write.call(this.#res, chunk, encoding, callback)
  }

  end(chunk?: unknown, encoding?: unknown, callback?: unknown): unknown {
    return this.#end.call(this.#res, chunk, encoding, callback)
  }

  flushHeaders(): void {
    this.#flushHeaders?.call(this.#res)
  }

  /** Flushes a layer outside that holds bytes. Node holds none. */
  flush(): void {
    this.#flush?.call(this.#res)
  }

  addTrailers(trailers: object): void {
    this.#addTrailers.call(this.#res, trailers)
  }

  /** Does what the application has done. Returns whether there is room for more. */
  do(item: Item): boolean {
    if (item.kind === 'written') return this.write(item.chunk, item.encoding, item.callback)
    if (item.kind === 'trailers') this.addTrailers(trailersFor(isHttp2(this.#res), item.fields))
    else {
      this.flushHeaders()
      this.flush()
      // An empty write is no chunk. Its callback comes after those of all writes before it.
      if (item.sent !== undefined) return this.write('', 'latin1', item.sent)
    }
    return true
  }
}
