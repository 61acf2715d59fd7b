/**
 * Checks a time after which clients come again.
 *
 * @param act What cannot be done with another one, for the message.
 * @throws {RangeError} When it is not a whole number of 0 or more. `Infinity` is none: a client reads digits.
 */
export const checkRetry = (act: string, retryMs: number): number => {
  if (Number.isSafeInteger(retryMs) && retryMs >= 0) return retryMs
  throw new RangeError(`${act}: found ${retryMs}, wanted whole milliseconds of 0 or more`)
}
