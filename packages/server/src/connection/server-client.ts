import { noFields } from '@sluice/body'
import { flatFields } from '@sluice/body/engine'
import { checkInformational } from '@sluice/stack/host'
import { informationalHead } from '../http1/informational-head.ts'
import type { BodyError, Fields } from '@sluice/body'
import type { Client, ClientTls } from '@sluice/stack'
import type { ExchangeConnection } from './exchange-connection.ts'

/**
 * The other end of the connection, for the time of one request.
 *
 * Users may keep it when the request is over. Its signal, and the reason of that, are made when they are first read.
 */
export class ServerClient implements Client {
  readonly #connection: ExchangeConnection
  #controller: AbortController | undefined
  #reason: BodyError | undefined
  #makeReason: (() => BodyError) | undefined

  constructor(connection: ExchangeConnection) {
    this.#connection = connection
  }

  get address(): string {
    return this.#connection.address
  }

  get port(): number {
    return this.#connection.port
  }

  get tls(): ClientTls | undefined {
    return this.#connection.tls
  }

  get draining(): AbortSignal {
    return this.#connection.context.draining
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#makeReason !== undefined) this.#controller.abort(this.reason)
    }
    return this.#controller.signal
  }

  inform(status: number, fields?: Fields): void {
    checkInformational(status)
    const head = informationalHead(status, flatFields(fields ?? noFields))
    this.#connection.inform(this, head)
  }

  /** Why the signal is aborted, or would be; `undefined` while it is not. */
  get reason(): BodyError | undefined {
    this.#reason ??= this.#makeReason?.()
    return this.#reason
  }

  /** Aborts the signal, once. Making an error is slow, so the reason is made only if it can be read. */
  abort(makeReason: () => BodyError): void {
    if (this.#makeReason !== undefined) return
    this.#makeReason = makeReason
    this.#controller?.abort(this.reason)
  }
}
