/** Codes of our errors that mean nothing else if the client has left: reading and sending both fail then. */
const leavingCodes: readonly unknown[] = ['READER_GONE', 'FLUSH_LOST', 'BODY_ENDED_EARLY']

/** How many causes are followed: the chain may be circular. */
const maxCauses = 8

/**
 * Whether an error only says that the client has left, which is not an error of the server.
 *
 * The cause of Node's `AbortError` is the reason of its signal.
 *
 * @param reason Why `client.signal` is aborted; `undefined` while it is not.
 * @param gone Whether the client has closed its half, or the connection has failed.
 */
export const saysClientLeft = (error: unknown, reason: unknown, gone: boolean): boolean => {
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
