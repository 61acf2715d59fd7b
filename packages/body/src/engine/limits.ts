import { foundIn, isObject } from '../kinds.ts'

/** Checks the options of a call as a whole: plain JavaScript may give none, or something else. */
export const checkOptions = (options: unknown): void => {
  if (isObject(options)) return
  throw new TypeError(`Cannot use the options: found ${foundIn(options)}, wanted an object`)
}

/** Checks an option that counts something: a whole number of at least `min`, or `Infinity`. */
export const checkCount = (name: string, value: number, min: number): number => {
  if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= min))
    return value
  throw new RangeError(
    `Cannot use ${name}: found ${value}, wanted a whole number of ${min} or more`,
  )
}

/** Checks an option that is a function. */
export const checkCallback = (name: string, value: unknown): void => {
  if (typeof value === 'function') return
  throw new TypeError(`Cannot use ${name}: found ${foundIn(value)}, wanted a function`)
}

/** Checks an option that is one of a few words. */
export const checkChoice = <C extends string>(name: string, value: C, choices: readonly C[]): C => {
  if (choices.includes(value)) return value
  throw new RangeError(
    `Cannot use ${name}: found ${String(value)}, wanted one of ${choices.join(', ')}`,
  )
}

/** The longest timer of Node and of browsers: they count in 32 bits, and a longer timer fires at once. */
const longestMs = 2 ** 31 - 1

/**
 * What to set a timer to: whole milliseconds, rounded up so that it never fires early. Less than 0 becomes 0, and more than a
 * timer holds becomes the longest timer.
 */
export const timerMs = (ms: number): number => Math.min(Math.max(0, Math.ceil(ms)), longestMs)

/**
 * Checks an option that is a delay or a time-out: any number of milliseconds. Returns what `timerMs` makes of it, or `Infinity`,
 * which sets no timer.
 *
 * A negative number is 0: a deadline that has passed.
 *
 * @throws {RangeError} When it is `NaN` or not a number.
 */
export const checkDelay = (name: string, ms: number): number => {
  if (typeof ms !== 'number' || Number.isNaN(ms))
    throw new RangeError(`Cannot use ${name}: found ${ms}, wanted milliseconds`)
  return ms === Number.POSITIVE_INFINITY ? ms : timerMs(ms)
}

/**
 * Checks an option that is the time from one repetition to the next: as `checkDelay`, but more than 0.
 *
 * @throws {RangeError} When it is 0 or less, `NaN` or not a number.
 */
export const checkInterval = (name: string, ms: number): number => {
  const checked = checkDelay(name, ms)
  if (checked > 0) return checked
  throw new RangeError(`Cannot use ${name}: found ${ms}, wanted more than 0 milliseconds`)
}
