/**
 * Checks the time after which clients reconnect.
 *
 * @param act The beginning of the error message: `Cannot` and what cannot be done.
 * @throws {RangeError} When it is not a whole number of 0 or more. `Infinity` is refused: clients read digits.
 */
export const checkRetry = (act: string, retryMs: number): number => {
  if (Number.isSafeInteger(retryMs) && retryMs >= 0) return retryMs
  throw new RangeError(`${act}: found ${retryMs}, wanted whole milliseconds of 0 or more`)
}
