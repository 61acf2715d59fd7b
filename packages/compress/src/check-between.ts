/** Checks an option that is a whole number in a range. */
export const checkBetween = (name: string, value: number, min: number, max: number): number => {
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw new RangeError(
    `Cannot use ${name}: found ${value}, wanted a whole number from ${min} to ${max}`,
  )
}
