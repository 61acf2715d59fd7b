/** Checks an option that counts something: a whole number of at least `min`, or `Infinity`. */
export const checkCount = (name: string, value: number, min: number): number => {
  if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= min))
    return value
  throw new RangeError(
    `Cannot use ${name}: found ${value}, wanted a whole number of ${min} or more`,
  )
}
