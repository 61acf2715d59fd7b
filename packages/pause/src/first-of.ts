import { followAll } from './follow-all.ts'
import { startWait } from './wait.ts'
import type { Wait } from './wait.ts'

/**
 * Waits for the first promise to settle, and settles as that does.
 *
 * Then the others that are waits of this package are cancelled, so that their timers and listeners are gone. It stops
 * listening to all other promises; a `cancel` of theirs is never called. For a time-out over all of them:
 * `until(firstOf(...), { timeoutMs })`.
 *
 * @throws {TypeError} At the call, when no promise is given: it would wait for ever.
 *
 * @example
 * ```ts
 * import { firstOf, sleep, until } from '@sluice/pause'
 *
 * const jobs = new EventTarget()
 * const first = await firstOf(until(jobs, 'done'), sleep(10))
 * if (first !== undefined) throw new Error('nothing was done')
 * ```
 */
export function firstOf<W extends readonly unknown[]>(
  ...waits: { readonly [K in keyof W]: PromiseLike<W[K]> }
): Wait<W[number]>
export function firstOf(...waits: readonly PromiseLike<unknown>[]): Wait<unknown> {
  if (waits.length === 0) throw new TypeError('Cannot wait for any of nothing: wanted a wait')
  return startWait(`any of ${waits.length}`, (fulfil, fail) => followAll(waits, fulfil, fail))
}
