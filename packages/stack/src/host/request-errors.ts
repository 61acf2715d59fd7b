import { giveToOnError, printError } from './call-user.ts'
import type { RequestClient } from './request-client.ts'

/** Codes of our errors that mean nothing else if the client has left: reading and sending both fail then. */
const leavingCodes: readonly unknown[] = ['READER_GONE', 'FLUSH_LOST', 'BODY_ENDED_EARLY']

/** How many causes are followed: the chain may be circular. */
const maxCauses = 8

/**
 * Chooses the errors of a request that are reported: each once, and none that only says that the client has left, or that the request
 * is over. Made for the first error of a request: most have none.
 */
export class RequestErrors {
  readonly #client: RequestClient
  /** The error that was reported last: a source may give the same one when it fails and when it is closed. */
  #last: { readonly error: unknown } | undefined

  constructor(client: RequestClient) {
    this.#client = client
  }

  /** Whether an error has to be reported; asked once for each. */
  isNew(error: unknown): boolean {
    if (this.#last !== undefined && this.#last.error === error) return false
    if (saysClientLeft(error, this.#client.reason, this.#client.hasLeft)) return false
    this.#last = { error }
    return true
  }
}

/**
 * Gives an error to the `onError` of a host, or prints it if there is none. Never throws.
 *
 * @param status The status of the response; `undefined` if no response shows the error.
 */
export const reportError = <R>(
  onError: ((error: unknown, request: R) => void) | undefined,
  error: unknown,
  request: R,
  status: number | undefined,
): void => {
  if (onError !== undefined) giveToOnError(() => onError(error, request), error)
  // An answered 404 or 503 is intended by the handler; a 500, or a response that was cut, is not.
  else if (status === undefined || status === 500) printError(error)
}

/**
 * Whether an error only says that the client has left, which is not an error of the server.
 *
 * The cause of Node's `AbortError` is the reason of its signal.
 *
 * @param reason Why `client.signal` is aborted; `undefined` while it is not.
 * @param gone Whether the client has closed its half, or the connection has failed.
 */
const saysClientLeft = (error: unknown, reason: unknown, gone: boolean): boolean => {
  let each = error
  try {
    for (let i = 0; i < maxCauses && typeof each === 'object' && each !== null; i++) {
      if (each === reason) return true
      if (gone && 'code' in each && leavingCodes.includes(each.code)) return true
      each = 'cause' in each ? each.cause : undefined
    }
  } catch {
    // Anything can be thrown, even an object whose getters throw. That is an error of the server.
  }
  return false
}
