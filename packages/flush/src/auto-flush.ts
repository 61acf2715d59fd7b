import { isData } from '@sluice/body'
import { checkCount, checkDelay, passingTraits, releasesHeld } from '@sluice/body/engine'
import { frameFilter } from '@sluice/filter'
import { flush } from './flush.ts'
import type { Flush } from '@sluice/body'
import type { FrameFilter, FrameSteps } from '@sluice/filter'

export interface AutoFlushOptions {
  /** Milliseconds of quiet, rounded up; 0 by default: as soon as the source has nothing more at once. `Infinity` for never. */
  readonly idleMs?: number
  /** Bytes since the last flush, 1 or more; `Infinity`, which is never, by default. */
  readonly maxBytes?: number
}

/**
 * Adds flushes to a body that has none: when the source is quiet, and after every `maxBytes`.
 *
 * Passes every frame, holds nothing and copies nothing. Flushes when data has passed since the last flush, and the source
 * then gives nothing for `idleMs` while the reader waits. Flushes also after the frame that brings the bytes since the last
 * flush to `maxBytes`; that frame is not cut. A flush of the source counts, and so do a pause and the trailers, before which
 * every layer sends what it holds. So nothing follows the trailers, and there are never two flushes in a row.
 *
 * @param options.idleMs Milliseconds, rounded up; 0 by default, or if it is less: the next turn of the event loop without a
 * frame.
 * @param options.maxBytes Bytes, 1 or more; `Infinity` by default.
 * @throws {RangeError} At the call, when `idleMs` is `NaN` or not a number, or `maxBytes` is not a whole number of 1 or more,
 * or `Infinity`.
 *
 * @example
 * ```ts
 * import { toBody } from '@sluice/body'
 * import { autoFlush } from '@sluice/flush'
 *
 * const kinds: string[] = []
 * for await (const { kind } of autoFlush({ maxBytes: 4 })(toBody(['four', 'two']))) kinds.push(kind)
 * if (kinds.join() !== 'data,flush,data') throw new Error(kinds.join())
 * ```
 */
export const autoFlush = ({
  idleMs = 0,
  maxBytes = Number.POSITIVE_INFINITY,
}: AutoFlushOptions = {}): FrameFilter<never, Flush> => {
  const delayMs = checkDelay('idleMs', idleMs)
  checkCount('maxBytes', maxBytes, 1)

  const makeSteps = (): FrameSteps => {
    let unflushed = 0
    const steps: FrameSteps = {
      frame(frame) {
        if (isData(frame)) {
          unflushed += frame.bytes.length
          if (unflushed < maxBytes) return frame
          unflushed = 0
          return [frame, flush]
        }
        if (releasesHeld.has(frame.kind)) unflushed = 0
        return frame
      },
    }
    if (delayMs === Number.POSITIVE_INFINITY) return steps
    return {
      ...steps,
      idleMs: () => (unflushed === 0 ? undefined : delayMs),
      idle() {
        unflushed = 0
        return flush
      },
    }
  }
  return frameFilter<never, Flush>('autoFlush', makeSteps, { traits: passingTraits })
}
