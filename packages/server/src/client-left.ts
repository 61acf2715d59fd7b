/** Codes of our errors that say that the other end has gone, if it has: reading and sending both fail then. */
const leavingCodes: readonly unknown[] = ['READER_GONE', 'FLUSH_LOST', 'BODY_ENDED_EARLY']

/** How many causes are looked at: a chain may be a circle. */
const maxCauses = 8

/**
 * Whether an error only says that the client has left, which is not an error of the server.
 *
 * An `AbortError` of Node has the reason of its signal as its cause.
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
    // Anything can be thrown, an object whose getters throw too: that is an error.
  }
  return false
}
