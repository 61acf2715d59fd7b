import { concat } from '@sluice/body'
import { checkCount, passingTraits } from '@sluice/body/engine'
import { filter } from '@sluice/filter'
import type { Filter } from '@sluice/filter'

export interface CoalesceOptions {
  /** Bytes that a frame should have, 1 or more. */
  readonly minBytes: number
  /** Milliseconds that bytes may be held; 0: until the source has nothing more at once. For ever by default. */
  readonly maxDelayMs?: number
}

/** What a timer takes; beyond it, it fires at once. */
const maxTimerMs = 2_147_483_647

/**
 * Joins small data frames into frames of at least `minBytes`.
 *
 * Holds fewer than `minBytes` bytes. Flush, pause, trailers, unknown kinds and the end let the held bytes out first, so order
 * never changes; so does `maxDelayMs` after the first of them came, while the source is quiet as well as while it goes on
 * giving less than `minBytes`. Bytes are copied once, when frames are joined; a frame of `minBytes` that finds nothing held
 * passes as it is.
 *
 * @param options.minBytes Bytes, 1 or more.
 * @param options.maxDelayMs Milliseconds, 0 or more; for ever by default.
 * @throws {RangeError} At the call, when `minBytes` is not a whole number of 1 or more, or `maxDelayMs` of 0 or more.
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
  const delayMs = checkCount('maxDelayMs', maxDelayMs ?? Number.POSITIVE_INFINITY, 0)
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
          // Without a delay the clock does not count: what is there at once is joined.
          return isTimed && delayMs > 0 && leftMs() <= 0 ? release() : undefined
        },
        release,
      }
      if (!isTimed) return steps
      return {
        ...steps,
        idleMs: () => (heldBytes === 0 ? undefined : Math.min(Math.max(0, leftMs()), maxTimerMs)),
      }
    },
    { traits: { ...passingTraits, holds: 'bounded' } },
  )
}
