import { clientGone } from '@sluice/stack/host'
import { addressOf, onSignal, tlsVersionOf } from './host-context.ts'
import type { BodyError } from '@sluice/body'
import type { Client, ClientTls } from '@sluice/stack'
import type { FindClient, PeerAddress } from './host-context.ts'

/** Fetch hosts do not tell when they begin to close. */
const neverDraining = new AbortController().signal

/** The client of a request that came as a fetch `Request`. What it tells is made when it is first read. */
export class FetchClient implements Client {
  readonly #request: Request
  readonly #context: unknown
  readonly #find: FindClient
  #peer: PeerAddress | undefined
  #controller: AbortController | undefined
  #reason: BodyError | undefined
  #makeReason: (() => BodyError) | undefined
  #stopFollowing: (() => void) | undefined

  /** @param find Finds the address in place of `addressOf`. */
  constructor(request: Request, context: unknown, find: FindClient = addressOf) {
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

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#makeReason !== undefined) this.#controller.abort(this.reason)
      else
        this.#stopFollowing = onSignal(this.#request, (cause) =>
          this.abort(() => clientGone(cause)),
        )
    }
    return this.#controller.signal
  }

  /** Does nothing: fetch has no informational responses. */
  inform(): void {}

  /** Why the signal is aborted, or would be; `undefined` while it is not. */
  get reason(): BodyError | undefined {
    this.#reason ??= this.#makeReason?.()
    return this.#reason
  }

  /** Whether the response is complete, or the client has left. */
  get isRequestOver(): boolean {
    return this.#makeReason !== undefined
  }

  /** Whether the host has said that the client has left. */
  get hasLeft(): boolean {
    return this.#request.signal.aborted
  }

  /** Aborts the signal, once. Making an error is slow, so the reason is made only if it can be read. */
  abort(makeReason: () => BodyError): void {
    if (this.#makeReason !== undefined) return
    this.#makeReason = makeReason
    this.#stopFollowing?.()
    this.#controller?.abort(this.reason)
  }

  #found(): PeerAddress {
    this.#peer ??= this.#find(this.#request, this.#context)
    return this.#peer
  }
}
