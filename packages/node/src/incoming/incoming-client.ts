import { noFields } from '@sluice/body'
import { flatFields } from '@sluice/body/engine'
import {
  checkInformational,
  clientGone,
  informationalFields,
  requestOver,
  tlsOf,
} from '@sluice/stack/host'
import { whenOver } from './when-over.ts'
import type { BodyError, Fields } from '@sluice/body'
import type { Client, ClientTls } from '@sluice/stack'
import type { ResponseSink } from '../sending/response-sink.ts'
import type { Incoming } from './incoming.ts'

interface Peer {
  readonly address: string
  readonly port: number
}

const peerOf = (socket: Incoming['socket'] | null | undefined): Peer => ({
  address: socket?.remoteAddress ?? '',
  port: socket?.remotePort ?? 0,
})

/** Is told what becomes of a client. */
export interface ClientOwner {
  /** The signal has aborted already. */
  clientLeft(): void
}

/**
 * The other end of the connection, for the time of one request.
 *
 * Users may keep it when the request is over. A listener is set only if the signal, the content or a long response needs it, and
 * only one: it goes with `res`.
 */
export class IncomingClient implements Client {
  readonly #req: Incoming
  readonly #sink: ResponseSink | undefined
  #draining: AbortSignal | undefined
  #controller: AbortController | undefined
  #reason: BodyError | undefined
  #makeReason: (() => BodyError) | undefined
  /** Kept from the first look on: a socket that has closed has forgotten it, and logs are written after that. */
  #peer: Peer | undefined
  #isWatching = false
  readonly #owner: ClientOwner | undefined

  /**
   * @param draining That of the server, if it is known.
   * @param owner Is told when the connection, or the response, is over, if the client is watched.
   */
  constructor(
    req: Incoming,
    sink: ResponseSink | undefined,
    draining?: AbortSignal,
    owner?: ClientOwner,
  ) {
    this.#req = req
    this.#sink = sink
    this.#draining = draining
    this.#owner = owner
  }

  get address(): string {
    this.#peer ??= peerOf(this.#socket)
    return this.#peer.address
  }

  get port(): number {
    this.#peer ??= peerOf(this.#socket)
    return this.#peer.port
  }

  get tls(): ClientTls | undefined {
    const socket = this.#socket
    return socket === undefined || socket === null ? undefined : tlsOf(socket)
  }

  get draining(): AbortSignal {
    this.#draining ??= new AbortController().signal
    return this.#draining
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#makeReason === undefined) this.watch()
      else this.#controller.abort(this.reason)
    }
    return this.#controller.signal
  }

  inform(status: number, fields: Fields = noFields): void {
    checkInformational(status)
    const sink = this.#sink
    if (sink === undefined || this.#makeReason !== undefined || sink.headSent || sink.closed) return
    sink.inform(status, informationalFields(flatFields(fields)))
  }

  /** Why the signal is aborted, or would be; `undefined` while it is not. */
  get reason(): BodyError | undefined {
    this.#reason ??= this.#makeReason?.()
    return this.#reason
  }

  /** Aborts the signal, once. The reason is made only if it can be read: making an error is slow. */
  abort(makeReason: () => BodyError): void {
    if (this.#makeReason !== undefined) return
    this.#makeReason = makeReason
    this.#controller?.abort(this.reason)
  }

  watch(): void {
    if (this.#isWatching) return
    this.#isWatching = true
    this.#peer ??= peerOf(this.#socket)
    const closed = (isComplete: boolean) => {
      this.abort(isComplete ? requestOver : clientGone)
      this.#owner?.clientLeft()
    }
    if (this.#sink !== undefined) this.#sink.whenClosed(closed)
    else whenOver(this.#req, closed)
  }

  /** A stream of HTTP/2 that has ended has no socket. */
  get #socket(): Incoming['socket'] | undefined | null {
    try {
      return this.#req.socket
    } catch {
      return undefined
    }
  }
}
