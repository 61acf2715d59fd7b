import { isPromiseLike, signalOf } from '@sluice/body/engine'
import { request } from '@sluice/stack'
import { toReadableStream } from '../to-fetch/to-readable-stream.ts'
import { headersOf, LazyHeaders } from './lazy-headers.ts'
import { checkMethod, fetchMethod } from './method.ts'
import { PlatformRequest, PlatformResponse, standIn } from './platform.ts'
import { decodeContent, readContent } from './read-content.ts'
import { urlText } from './url-text.ts'
import type { AnyFrame, Body, Bytes } from '@sluice/body'
import type { HttpRequest } from '@sluice/stack'

/** What the class below does not have itself, `standIn` gives it. */
export interface LazyRequest extends Request {}

/**
 * A Request that is made real only as far as it is looked at.
 *
 * What most applications look at is read from the request of Sluice. Anything else makes a real Request, once: `body`, `clone()`,
 * `formData()`, `mode` and so on. From then on the content is read from that one. If the content was read before, the real one is
 * made with a body that is used, so its errors are the platform's.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: `standIn` makes it safe
export class LazyRequest {
  readonly #of: HttpRequest
  readonly #method: string
  readonly #url: string
  #headers: LazyHeaders | undefined
  #real: Request | undefined
  #used = false

  /** @throws {HttpError} `NOT_IMPLEMENTED`, `TARGET_INVALID`, `HOST_INVALID`: there can be no such Request. */
  constructor(of: HttpRequest) {
    this.#of = of
    this.#method = fetchMethod(of.method)
    this.#url = urlText(of)
  }

  /** The real request behind a lazy one, and anything else as it is. */
  static real<T>(input: T): T | Request {
    return typeof input === 'object' && input !== null && #of in input ? input.#makeReal() : input
  }

  /** Whether `new Request(lazy, init)` gives another request than the lazy one, without an error. */
  static isMisread(): boolean {
    try {
      const lazy = new LazyRequest(request('/', { method: 'POST' }))
      return new PlatformRequest(lazy, {}).method !== 'POST'
    } catch {
      return false
    }
  }

  get method(): string {
    return this.#method
  }

  get url(): string {
    return this.#url
  }

  get headers(): Headers {
    if (this.#headers !== undefined) return this.#headers
    if (this.#real !== undefined) return this.#real.headers
    this.#headers = new LazyHeaders(this.#of.headers)
    return this.#headers
  }

  get signal(): AbortSignal {
    return signalOf(this.#of.client, 'signal')
  }

  get body(): Request['body'] {
    return this.#hasContent ? this.#makeReal().body : null
  }

  get bodyUsed(): boolean {
    return this.#used || this.#real?.bodyUsed === true
  }

  async text(): Promise<string> {
    if (!this.#begin()) return this.#makeReal().text()
    const content = readContent(this.#of.body)
    return decodeContent(isPromiseLike(content) ? await content : content)
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }

  async bytes(): Promise<Bytes> {
    return new Uint8Array(await this.arrayBuffer())
  }

  /** A copy: the application may change it, and others may have kept the bytes that came. */
  async arrayBuffer(): Promise<ArrayBuffer> {
    if (!this.#begin()) return this.#makeReal().arrayBuffer()
    return new Uint8Array(await readContent(this.#of.body)).buffer
  }

  /** The platform makes its type of the content-type. */
  async blob(): Promise<Blob> {
    if (!this.#begin()) return this.#makeReal().blob()
    const type = this.headers.get('content-type')
    const bytes = new Uint8Array(await readContent(this.#of.body))
    const headers = type === null ? {} : { 'content-type': type }
    return new PlatformResponse(bytes, { headers }).blob()
  }

  /** A request of GET or HEAD has no body in fetch, whatever came with it. */
  get #hasContent(): boolean {
    return this.#method !== 'GET' && this.#method !== 'HEAD' && this.#of.body.byteLength !== 0
  }

  /** Begins to read the content directly; `false` if a real request has to say what there is to read. */
  #begin(): boolean {
    if (this.#used || this.#real !== undefined || !this.#hasContent) return false
    this.#used = true
    return true
  }

  #makeReal(): Request {
    if (this.#real !== undefined) return this.#real
    const { headers, client } = this.#of
    const init = {
      method: this.#method,
      headers: this.#headers === undefined ? headersOf(headers) : LazyHeaders.real(this.#headers),
      signal: signalOf(client, 'signal'),
    }
    const real = new PlatformRequest(this.#url, { ...init, ...this.#content() })
    checkMethod(real, this.#method)
    this.#real = real
    if (this.#used) void real.text()
    if (this.#headers !== undefined) LazyHeaders.adopt(this.#headers, real.headers)
    return real
  }

  #content() {
    if (!this.#hasContent) return {}
    if (this.#used) return { body: Uint8Array.of(0) }
    return { body: contentStream(this.#of.body), duplex: 'half' } as const
  }
}

standIn(LazyRequest.prototype, new PlatformRequest('http://localhost/'), LazyRequest.real)

/** Content that was read before fails when it is read: looking at the request must not. */
const contentStream = (body: Body<AnyFrame>): ReadableStream<Bytes> => {
  try {
    return toReadableStream(body)
  } catch (error) {
    const pull = () => Promise.reject(error)
    return new ReadableStream({ pull }, { highWaterMark: 0 })
  }
}
