import { isData } from '@sluice/body'
import { checkCount, checkDelay, passingTraits } from '@sluice/body/engine'
import { frameFilter } from '@sluice/filter'
import { flush } from './flush.ts'
import type { Flush } from '@sluice/body'
import type { FrameFilter, FrameSteps } from '@sluice/filter'

export interface AutoFlushOptions {
  /** Milliseconds of quiet, 0 or more; `Infinity` for never. 0 by default: as soon as the source has nothing at once. */
  readonly idleMs?: number
  /** Bytes since the last flush, 1 or more; `Infinity`, never, by default. */
  readonly maxBytes?: number
}

/**
 * Flushes for those who do not: when the source has been quiet, and when much has passed.
 *
 * Passes every frame, holds nothing and copies nothing. A flush comes when data has passed since the last one and the
 * source then gives nothing for `idleMs` while the reader waits; and after the frame with which `maxBytes` or more have
 * passed since the last, which is not cut. A flush that comes by itself counts as one, and so do a pause and the trailers,
 * before which every layer lets go what it holds. So nothing follows the trailers, and no two flushes stand together.
 *
 * @param options.idleMs Milliseconds, 0 by default: the next turn of the event loop without a frame.
 * @param options.maxBytes Bytes, 1 or more; `Infinity` by default.
 * @throws {RangeError} At the call, when `idleMs` is not a whole number of 0 to 2,147,483,647, or `Infinity`, or `maxBytes`
 * not one of 1 or more, or `Infinity`.
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
  checkDelay('idleMs', idleMs, 0)
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
        if (letsGo.has(frame.kind)) unflushed = 0
        return frame
      },
    }
    if (idleMs === Number.POSITIVE_INFINITY) return steps
    return {
      ...steps,
      idleMs: () => (unflushed === 0 ? undefined : idleMs),
      idle() {
        unflushed = 0
        return flush
      },
    }
  }
  return frameFilter<never, Flush>('autoFlush', makeSteps, { traits: passingTraits })
}

/** The kinds before which every layer lets go what it holds. */
const letsGo: ReadonlySet<string> = new Set(['flush', 'pause', 'trailers'])
