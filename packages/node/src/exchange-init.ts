import type { Fields } from '@sluice/body'
import type { HttpResponse } from '@sluice/stack'
import type { SwitchingResponse } from '@sluice/stack/host'
import type { TakeOver } from './take-over.ts'

/** What is special about a request, beside its `req` and its sink. */
export interface ExchangeInit {
  /** Whether the client waits for `100 (Continue)`, which Node has left to us. */
  readonly awaitsContinue?: boolean
  /** The fields of the request, if they are not those that came. */
  readonly headers?: Fields
  /** How the connection is handed over, if the request is an Upgrade or a CONNECT. */
  readonly switching?: Switching
  /** Sends a response in another way than by the sink, and returns `true`; or returns `false`. */
  readonly passesOn?: (response: HttpResponse) => boolean
  /** Has an error answered by other code, and returns `true`; or returns `false`. Asked before the head is sent. */
  readonly passesError?: (error: unknown) => boolean
  /** Whether an error was reported already, where it came from. */
  readonly isReported?: (error: unknown) => boolean
}

export interface Switching {
  /** @throws {HttpError} `RESPONSE_INVALID` if the response cannot be that to an Upgrade or a CONNECT. */
  check(response: SwitchingResponse<TakeOver>): void
  /** Another response will be sent. */
  refused(): void
  /** Sends the head, and hands the connection over. */
  takenOver(response: SwitchingResponse<TakeOver>, failed: (error: unknown) => void): void
}
