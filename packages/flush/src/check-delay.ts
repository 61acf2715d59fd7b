import { checkCount } from '@sluice/body'

/** The longest timer there is: `setTimeout` counts in 32 bits, and fires at once beyond them. */
const longestMs = 2 ** 31 - 1

/** Checks an option that is a time: whole milliseconds up to the longest timer, or `Infinity` for never. */
export const checkDelay = (name: string, ms: number, min: number): number => {
  if (checkCount(name, ms, min) <= longestMs || ms === Number.POSITIVE_INFINITY) return ms
  throw new RangeError(`Cannot use ${name}: found ${ms}, wanted at most ${longestMs} or Infinity`)
}
