import { noFields } from '@sluice/body'
import { flatFields } from '@sluice/body/engine'
import {
  checkInformational,
  clientGone,
  informationalFields,
  RequestClient,
  requestOver,
  tlsOf,
} from '@sluice/stack/host'
import { whenOver } from './when-over.ts'
import type { Fields } from '@sluice/body'
import type { ClientTls } from '@sluice/stack'
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
 * A listener is set only if the signal, the content or a long response needs it, and only one: it goes with `res`.
 */
export class IncomingClient extends RequestClient {
  readonly #req: Incoming
  readonly #sink: ResponseSink | undefined
  #draining: AbortSignal | undefined
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
    super()
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

  get hasLeft(): boolean {
    return this.#sink?.closed === true
  }

  inform(status: number, fields: Fields = noFields): void {
    checkInformational(status)
    const sink = this.#sink
    if (sink === undefined || this.isRequestOver || sink.headSent || sink.closed) return
    sink.inform(status, informationalFields(flatFields(fields)))
  }

  override watch(): void {
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
