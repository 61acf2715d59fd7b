import { clientGone, RequestClient } from '@sluice/stack/host'
import { addressOf, onSignal, tlsVersionOf } from './host-context.ts'
import type { BodyError } from '@sluice/body'
import type { ClientTls } from '@sluice/stack'
import type { PeerAddress } from './host-context.ts'
import type { FetchOptions } from './to-fetch.ts'

/** Fetch hosts do not tell when they begin to close. */
const neverDraining = new AbortController().signal

/** The client of a request that came as a fetch `Request`. What it tells is made when it is first read. */
export class FetchClient extends RequestClient {
  readonly #request: Request
  readonly #context: unknown
  readonly #options: FetchOptions
  #peer: PeerAddress | undefined
  #stopFollowing: (() => void) | undefined

  constructor(request: Request, context: unknown, options: FetchOptions = {}) {
    super()
    this.#request = request
    this.#context = context
    this.#options = options
  }

  get address(): string {
    return this.#found().address
  }

  get port(): number {
    return this.#found().port ?? 0
  }

  get tls(): ClientTls | undefined {
    if (!this.#request.url.startsWith('https:')) return undefined
    return {
      protocol: tlsVersionOf(this.#request),
      serverName: undefined,
      peerCertificate: undefined,
      authorized: false,
    }
  }

  get draining(): AbortSignal {
    return this.#options.draining ?? neverDraining
  }

  /** Does nothing: fetch has no informational responses. */
  inform(): void {}

  /** Whether the host has said that the client has left. */
  get hasLeft(): boolean {
    return this.#request.signal.aborted
  }

  override abort(makeReason: () => BodyError): void {
    this.#stopFollowing?.()
    super.abort(makeReason)
  }

  override watch(): void {
    this.#stopFollowing = onSignal(this.#request, (cause) => this.abort(() => clientGone(cause)))
  }

  #found(): PeerAddress {
    const find = this.#options.client ?? addressOf
    this.#peer ??= find(this.#request, this.#context)
    return this.#peer
  }
}
