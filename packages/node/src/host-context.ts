import { setMaxListeners } from 'node:events'
import { checkCallback, checkSignal } from '@sluice/body/engine'
import { reportError } from '@sluice/stack/host'
import type { HttpRequest } from '@sluice/stack'

export interface ListenerOptions {
  /**
   * Called once for each error of a handler or of a response's body, but not for a client that has left. If it is absent, an error
   * is printed if its status is 500, or if the response had begun.
   */
  readonly onError?: (error: unknown, request?: HttpRequest) => void
  /**
   * Becomes `client.draining` of all requests. Abort it when the server begins to close: event streams and other long responses then
   * end. Responses that end after that close their connections.
   */
  readonly draining?: AbortSignal | undefined
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

/** @throws {TypeError} If `onError` is not a function, or `draining` not a signal. */
export const hostContext = ({ onError, draining }: ListenerOptions): HostContext => {
  if (onError !== undefined) checkCallback('onError', onError)
  if (draining !== undefined) shareSignal(draining)
  return {
    draining,
    report: (error, request, status) => reportError(onError, error, request, status),
  }
}

/** One signal for all requests: as many listeners as there are streams are no leak. */
const shareSignal = (signal: AbortSignal): void => {
  checkSignal(signal, 'draining')
  try {
    setMaxListeners(0, signal)
  } catch {
    // A signal that other code has made counts no listeners.
  }
}
