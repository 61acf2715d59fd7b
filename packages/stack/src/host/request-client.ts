import type { BodyError, Fields } from '@sluice/body'
import type { Client, ClientTls } from '../http.ts'

/**
 * The client of one request, as a host knows it: when its signal aborts, and why.
 *
 * Users may keep it when the request is over. The signal and its reason are made when they are first read: most handlers read
 * neither, and making an error is slow.
 */
export abstract class RequestClient implements Client {
  #controller: AbortController | undefined
  #reason: BodyError | undefined
  #makeReason: (() => BodyError) | undefined

  abstract get address(): string
  abstract get port(): number
  abstract get tls(): ClientTls | undefined
  abstract get draining(): AbortSignal
  abstract inform(status: number, fields?: Fields): void

  /** Whether the client has closed its half, or the connection has failed. */
  abstract get hasLeft(): boolean

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#makeReason === undefined) this.watch()
      else this.#controller.abort(this.reason)
    }
    return this.#controller.signal
  }

  /** Why the signal is aborted, or would be; `undefined` while it is not. */
  get reason(): BodyError | undefined {
    this.#reason ??= this.#makeReason?.()
    return this.#reason
  }

  /** Whether the response is complete, or the client has left. */
  get isRequestOver(): boolean {
    return this.#makeReason !== undefined
  }

  /** Aborts the signal, once. The reason is made only if it can be read. */
  abort(makeReason: () => BodyError): void {
    if (this.#makeReason !== undefined) return
    this.#makeReason = makeReason
    this.#controller?.abort(this.reason)
  }

  /** Begins to watch for the leaving of the client. Called when the signal is first read; a host may be told without it. */
  watch(): void {}
}
