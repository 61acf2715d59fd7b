import { checkCallback } from '@sluice/body/engine'
import { reportError } from '@sluice/stack/host'
import type { HttpRequest } from '@sluice/stack'

export interface ListenerOptions {
  /**
   * Called once for each error of a handler or of a response's body, but not for a client that has left. If it is absent, an error
   * is printed if its status is 500, or if the response had begun.
   */
  readonly onError?: (error: unknown, request?: HttpRequest) => void
}

/** What all requests of one listener share. */
export interface HostContext {
  /** Aborts when the server begins to close; `undefined` if the server is not known. */
  readonly draining: AbortSignal | undefined
  /**
   * Calls `onError`; never throws.
   *
   * @param status The status of the response; `undefined` if no response shows the error.
   */
  readonly report: (error: unknown, request?: HttpRequest, status?: number) => void
}

/** @throws {TypeError} If `onError` is not a function. */
export const hostContext = (
  { onError }: ListenerOptions,
  draining: AbortSignal | undefined,
): HostContext => {
  if (onError !== undefined) checkCallback('onError', onError)
  return {
    draining,
    report: (error, request, status) => reportError(onError, error, request, status),
  }
}
