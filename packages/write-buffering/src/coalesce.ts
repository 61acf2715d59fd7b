import { concat } from '@sluice/body'
import { checkCount, checkDelay, passingTraits, timerMs } from '@sluice/body/engine'
import { filter } from '@sluice/filter'
import type { Filter } from '@sluice/filter'

export interface CoalesceOptions {
  /** The least bytes of a frame, 1 or more. */
  readonly minBytes: number
  /** Milliseconds that bytes may be held, rounded up; 0 or less: until the source has nothing more at once. No limit by default. */
  readonly maxDelayMs?: number
}

/**
 * Joins small data frames into frames of at least `minBytes`.
 *
 * Holds fewer than `minBytes` bytes. Flush, pause, trailers, unknown kinds and the end let the held bytes out first, so order
 * never changes. So does `maxDelayMs` after the first held byte, whether the source is quiet or goes on giving less than
 * `minBytes`. Bytes are copied once, when frames are joined. If nothing is held, a frame of `minBytes` passes as it is.
 *
 * @param options.minBytes Bytes, 1 or more.
 * @param options.maxDelayMs Milliseconds, rounded up; no limit by default.
 * @throws {RangeError} At the call, when `minBytes` is not a whole number of 1 or more, or `maxDelayMs` is `NaN` or not a number.
 *
 * @example
 * ```ts
 * import { toBody } from '@sluice/body'
 * import { coalesce } from '@sluice/write-buffering'
 *
 * const body = coalesce({ minBytes: 4, maxDelayMs: 10 })(toBody(['a', 'b', 'c', 'd', 'e']))
 * const sizes: number[] = []
 * for await (const frame of body) if (frame.kind === 'data') sizes.push(frame.bytes.length)
 * if (sizes.join() !== '4,1') throw new Error(sizes.join())
 * ```
 */
export const coalesce = ({ minBytes, maxDelayMs }: CoalesceOptions): Filter => {
  checkCount('minBytes', minBytes, 1)
  const delayMs = checkDelay('maxDelayMs', maxDelayMs ?? Number.POSITIVE_INFINITY)
  const isTimed = delayMs !== Number.POSITIVE_INFINITY
  return filter(
    'coalesce',
    () => {
      let held: Uint8Array[] = []
      let heldBytes = 0
      let heldSince = 0
      const release = () => {
        if (heldBytes === 0) return undefined
        const joined = concat(held, heldBytes)
        held = []
        heldBytes = 0
        return joined
      }
      const leftMs = () => heldSince + delayMs - performance.now()
      const steps = {
        data(bytes: Uint8Array) {
          if (isTimed && heldBytes === 0) heldSince = performance.now()
          held.push(bytes)
          heldBytes += bytes.length
          if (heldBytes >= minBytes) return release()
          // Without a delay, frames that are there at once are joined, however long that takes.
          return isTimed && delayMs > 0 && leftMs() <= 0 ? release() : undefined
        },
        release,
      }
      if (!isTimed) return steps
      return {
        ...steps,
        idleMs: () => (heldBytes === 0 ? undefined : timerMs(leftMs())),
      }
    },
    { traits: { ...passingTraits, holds: 'bounded' } },
  )
}
