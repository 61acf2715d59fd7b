/** Checks an option that counts something: a whole number of at least `min`, or `Infinity`. */
export const checkCount = (name: string, value: number, min: number): number => {
  if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= min))
    return value
  throw new RangeError(
    `Cannot use ${name}: found ${value}, wanted a whole number of ${min} or more`,
  )
}

/** The longest timer there is: `setTimeout` counts in 32 bits, and fires at once beyond them. */
const longestMs = 2 ** 31 - 1

/** Checks an option that is a time: whole milliseconds up to the longest timer, or `Infinity` for never. */
export const checkDelay = (name: string, ms: number, min: number): number => {
  if (checkCount(name, ms, min) <= longestMs || ms === Number.POSITIVE_INFINITY) return ms
  throw new RangeError(`Cannot use ${name}: found ${ms}, wanted at most ${longestMs} or Infinity`)
}
