import { flatFields } from '@sluice/body/engine'
import { grouped } from '../sending/grouped.ts'
import { showHead } from './capture-state.ts'
import { fieldsOf, resetHead, setChanges, setHead, setStatus } from './captured-head.ts'
import { isHttp2 } from './host-response.ts'
import { headersSent } from './node-error.ts'
import type { Fields } from '@sluice/body'
import type { CapturedResponse } from './capture-state.ts'
import type { HeadValue } from './captured-head.ts'

/** What HTTP/1 shows as the text of the head while it is held. */
const coveredHead = ' '

/** The head of a captured response: what the application has set, and then what the middleware has changed. */
export class HeldHead {
  /** `passing`: calls of `writeHead` and `setHeader` go to the original methods. */
  #state: 'none' | 'held' | 'passing' | 'sent' = 'none'
  /** The fields of the application, as the middleware got them. */
  #seen: Fields | undefined
  /** The names of fields that were set before. */
  readonly #before: readonly string[]
  readonly #res: CapturedResponse
  readonly #isHttp2: boolean

  constructor(res: CapturedResponse) {
    this.#res = res
    this.#before = res.getHeaderNames()
    this.#isHttp2 = isHttp2(res)
  }

  /** Whether the application has begun to answer. */
  get hasBegun(): boolean {
    return this.#state !== 'none'
  }

  get passes(): boolean {
    return this.#state === 'passing' || this.#state === 'sent'
  }

  get isSent(): boolean {
    return this.#state === 'sent'
  }

  hold(status: unknown, reason: unknown, fields: unknown): void {
    const res = this.#res
    if (this.#state === 'held') throw headersSent(this.#isHttp2, 'write')
    setHead(res, status, reason, fields)
    this.#state = 'held'
    if (this.#isHttp2) showHead(res)
    else res._header = coveredHead
  }

  /** The fields, for the middleware. */
  read(): Fields {
    this.#seen = fieldsOf(this.#res)
    return this.#seen
  }

  /**
   * Writes what a middleware has changed to the response, where layers outside see it.
   *
   * @param fields Those of its response.
   */
  changeTo(status: number, fields: Fields): void {
    this.change(status, fields === this.#seen ? undefined : grouped(flatFields(fields)))
  }

  /** @param flat Names and values in turn; `undefined` if no field has changed. */
  change(status: number, flat: readonly HeadValue[] | undefined): void {
    const res = this.#res
    if (status !== res.statusCode) setStatus(res, status)
    if (flat !== undefined) setChanges(res, this.#seen, flat)
  }

  /** Leaves the head as it was before, but for added fields. */
  reset(added: Fields): void {
    if (this.#seen !== undefined) resetHead(this.#res, this.#before)
    setChanges(this.#res, undefined, grouped(flatFields(added)))
  }

  /** The response takes fields again, until the head is sent. Returns whether the head was held. */
  uncover(): boolean {
    const wasHeld = this.#state === 'held'
    if (wasHeld && !this.#isHttp2) this.#res._header = null
    if (this.#state !== 'sent') this.#state = 'passing'
    return wasHeld
  }

  sent(): void {
    this.#state = 'sent'
  }
}
