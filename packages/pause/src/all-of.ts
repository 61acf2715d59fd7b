import { followAll } from './follow-all.ts'
import { startWait } from './wait.ts'
import type { Wait } from './wait.ts'

/**
 * Waits for all promises, and gives their values in order.
 *
 * If one rejects, it rejects with that reason, and those that are waits of this package are cancelled. A `cancel` of any
 * other promise is never called.
 *
 * @example
 * ```ts
 * import { allOf, sleep } from '@sluice/pause'
 *
 * const [one, two] = await allOf(Promise.resolve(1), Promise.resolve('2'), sleep(1))
 * if (one + Number(two) !== 3) throw new Error('out of order')
 * ```
 */
export function allOf<W extends readonly unknown[]>(
  ...waits: { readonly [K in keyof W]: PromiseLike<W[K]> }
): Wait<W>
export function allOf(...waits: readonly PromiseLike<unknown>[]): Wait<readonly unknown[]> {
  return startWait<readonly unknown[]>(`all of ${waits.length}`, (fulfil, fail) => {
    const values: unknown[] = new Array(waits.length)
    let left = waits.length
    if (left === 0) fulfil(values)
    const arrived = (value: unknown, index: number) => {
      values[index] = value
      left--
      if (left === 0) fulfil(values)
    }
    return followAll(waits, arrived, fail)
  })
}
