import { BodyError, noFields } from '@sluice/body'
import { flatFields } from '@sluice/body/engine'
import { HttpError } from '@sluice/stack'
import { informationalHead } from '../http1/response-head.ts'
import type { Fields } from '@sluice/body'
import type { Client, ClientTls } from '@sluice/stack'

/** What a client needs of its exchange. */
export interface ClientHost {
  readonly address: string
  readonly port: number
  readonly tls: ClientTls | undefined
  readonly draining: AbortSignal
  /** Sends an informational response, where one may still be sent. */
  inform(head: string): void
}

/** The other end of the connection, for the time of one request. Its signal is made when somebody asks for it. */
export class ServerClient implements Client {
  readonly #host: ClientHost
  #controller: AbortController | undefined
  #reason: BodyError | undefined
  #makeReason: (() => BodyError) | undefined

  constructor(host: ClientHost) {
    this.#host = host
  }

  get address(): string {
    return this.#host.address
  }

  get port(): number {
    return this.#host.port
  }

  get tls(): ClientTls | undefined {
    return this.#host.tls
  }

  get draining(): AbortSignal {
    return this.#host.draining
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#makeReason !== undefined) this.#controller.abort(this.reason)
    }
    return this.#controller.signal
  }

  inform(status: number, fields?: Fields): void {
    if (!Number.isInteger(status) || status < 102 || status > 199) {
      throw new RangeError(
        `Cannot inform the client: found the status ${status}, wanted 102 to 199`,
      )
    }
    this.#host.inform(informationalHead(status, flatFields(fields ?? noFields)))
  }

  /** Why the signal is aborted, or would be; `undefined` while it is not. */
  get reason(): BodyError | undefined {
    this.#reason ??= this.#makeReason?.()
    return this.#reason
  }

  /** Aborts the signal, once. An error costs microseconds, so the reason is made only where somebody sees it. */
  abort(makeReason: () => BodyError): void {
    if (this.#makeReason !== undefined) return
    this.#makeReason = makeReason
    this.#controller?.abort(this.reason)
  }
}

export const clientGone = (cause?: unknown): BodyError =>
  new BodyError(
    'READER_GONE',
    'Cannot go on: the client has gone',
    cause === undefined ? {} : { cause },
  )

export const requestOver = (): BodyError =>
  new HttpError('REQUEST_OVER', 'Cannot go on: the request is over')
