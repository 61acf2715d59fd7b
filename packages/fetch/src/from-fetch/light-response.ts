import { BodyError, toBody } from '@sluice/body'
import { headersOf, LazyHeaders } from './lazy-headers.ts'
import { PlatformResponse, standIn } from './platform.ts'
import { responseFields, withoutHops } from './response-fields.ts'
import type { Bytes, Fields } from '@sluice/body'
import type { HttpResponse } from '@sluice/stack'

/** Content that needs no stream. */
export type LightContent = string | Bytes | null

/** What the class below does not have itself, `standIn` gives it. */
export interface LightResponse extends Response {}

/**
 * A Response of a text or bytes that is made real only if it is read, cloned or otherwise looked into. Being sent is not.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: `standIn` makes it safe
export class LightResponse {
  readonly #content: LightContent
  readonly #status: number
  readonly #fields: Fields
  #headers: LazyHeaders | undefined
  #real: Response | undefined
  #isSent = false

  /** All of them are valid: `makeResponse` has checked that. */
  constructor(content: LightContent, status: number, list: Fields) {
    this.#content = content
    this.#status = status
    this.#fields = list
  }

  static real(response: LightResponse): Response {
    return response.#makeReal()
  }

  /**
   * Takes the content of a light response, to send it. `undefined` if it is not a light one, or has become a real one.
   *
   * @throws {BodyError} `BODY_USED` if it was taken before.
   */
  static take(response: object): HttpResponse | undefined {
    return #content in response && response.#real === undefined ? response.#take() : undefined
  }

  get status(): number {
    return this.#status
  }

  get ok(): boolean {
    return this.#status >= 200 && this.#status <= 299
  }

  get headers(): Headers {
    if (this.#headers !== undefined) return this.#headers
    if (this.#real !== undefined) return this.#real.headers
    this.#headers = new LazyHeaders(this.#fields)
    return this.#headers
  }

  get bodyUsed(): boolean {
    return this.#isSent || this.#real?.bodyUsed === true
  }

  #take(): HttpResponse {
    if (this.#isSent) throw bodySent()
    this.#isSent = this.#content !== null
    const headers =
      this.#headers === undefined ? withoutHops(this.#fields) : responseFields(this.#headers)
    return { status: this.#status, headers, body: toBody(this.#content) }
  }

  #makeReal(): Response {
    if (this.#real !== undefined) return this.#real
    const headers =
      this.#headers === undefined ? headersOf(this.#fields) : LazyHeaders.real(this.#headers)
    this.#real = new PlatformResponse(this.#content, { status: this.#status, headers })
    if (this.#isSent) void this.#real.text()
    if (this.#headers !== undefined) LazyHeaders.adopt(this.#headers, this.#real.headers)
    return this.#real
  }
}

standIn(LightResponse.prototype, new PlatformResponse(), LightResponse.real)

const bodySent = () =>
  new BodyError('BODY_USED', 'Cannot read the response: its body has been sent before')
