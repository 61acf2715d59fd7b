import { checkDelay } from '@sluice/body/engine'
import { startWait } from './wait.ts'
import type { WaitOptions } from './bounds.ts'
import type { Wait } from './wait.ts'

export type SleepOptions = Pick<WaitOptions, 'signal'>

/**
 * Waits for a time.
 *
 * @param ms Milliseconds, 0 or more; `Infinity` waits until it is cancelled.
 * @throws {RangeError} At the call, when `ms` is not a whole number of 0 to 2,147,483,647, or `Infinity`.
 *
 * @example
 * ```ts
 * import { sleep } from '@sluice/pause'
 *
 * await sleep(10)
 * ```
 */
export const sleep = (ms: number, { signal }: SleepOptions = {}): Wait<void> => {
  checkDelay('ms', ms, 0)
  const begin = (fulfil: () => void) => {
    if (ms === Number.POSITIVE_INFINITY) return undefined
    const timer = setTimeout(fulfil, ms)
    return () => clearTimeout(timer)
  }
  return startWait<void>(`${ms} ms`, begin, { signal })
}
