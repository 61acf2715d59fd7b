import { clientGone, RequestClient } from '@sluice/stack/host'
import { addressOf, onSignal, tlsVersionOf } from './host-context.ts'
import type { BodyError } from '@sluice/body'
import type { ClientTls } from '@sluice/stack'
import type { FindClient, PeerAddress } from './host-context.ts'

/** Fetch hosts do not tell when they begin to close. */
const neverDraining = new AbortController().signal

/** The client of a request that came as a fetch `Request`. What it tells is made when it is first read. */
export class FetchClient extends RequestClient {
  readonly #request: Request
  readonly #context: unknown
  readonly #find: FindClient
  #peer: PeerAddress | undefined
  #stopFollowing: (() => void) | undefined

  /** @param find Finds the address in place of `addressOf`. */
  constructor(request: Request, context: unknown, find: FindClient = addressOf) {
    super()
    this.#request = request
    this.#context = context
    this.#find = find
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
    return neverDraining
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
    this.#peer ??= this.#find(this.#request, this.#context)
    return this.#peer
  }
}
