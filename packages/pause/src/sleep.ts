import { checkDelay } from '@sluice/body/engine'
import { startWait } from './wait.ts'
import type { WaitOptions } from './bounds.ts'
import type { Wait } from './wait.ts'

export type SleepOptions = Pick<WaitOptions, 'signal'>

/**
 * Waits for a time.
 *
 * @param ms Milliseconds: any number. Fractions are rounded up. 0 or less fulfils after what can run at once. More than
 * 2,147,483,647, the longest timer, waits for that long. `Infinity` waits until it is cancelled.
 * @throws {RangeError} At the call, when `ms` is `NaN` or not a number.
 *
 * @example
 * ```ts
 * import { sleep } from '@sluice/pause'
 *
 * await sleep(10)
 * ```
 */
export const sleep = (ms: number, { signal }: SleepOptions = {}): Wait<void> => {
  const delayMs = checkDelay('ms', ms)
  const begin = (fulfil: () => void) => {
    if (delayMs === Number.POSITIVE_INFINITY) return undefined
    const timer = setTimeout(fulfil, delayMs)
    return () => clearTimeout(timer)
  }
  return startWait<void>(`${ms} ms`, begin, { signal })
}
