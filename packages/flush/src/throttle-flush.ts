import { BodyError, isFlush, isPause, isTrailers } from '@sluice/body'
import { checkDelay, passingTraits, settleReceipt, timerMs } from '@sluice/body/engine'
import { frameFilter } from '@sluice/filter'
import { flush } from './flush.ts'
import type { Flush, Receipt } from '@sluice/body'
import type { Filter, FrameSteps } from '@sluice/filter'

export interface ThrottleFlushOptions {
  /** Milliseconds from one flush to the next, rounded up. 0 or less delays no flush. */
  readonly everyMs: number
}

/**
 * Passes at most one flush in `everyMs`. A flush that comes earlier is held back, and joined with those that follow.
 *
 * Passes every other frame at once, and holds no bytes. A held flush leaves when its time has come, also while the source is
 * quiet. It leaves earlier if a pause, the trailers or the end come. It calls the receipts of all flushes that were joined in
 * it. No flush is lost or invented, but a flush may leave after data that came later. If the body fails or its reader leaves,
 * the receipts of a held flush get `FLUSH_LOST`.
 *
 * @param options.everyMs Milliseconds, rounded up; with `Infinity`, the first flush passes and the others are held.
 * @throws {RangeError} At the call, when `everyMs` is `NaN` or not a number.
 *
 * @example
 * ```ts
 * import { toBody } from '@sluice/body'
 * import { flush, throttleFlush } from '@sluice/flush'
 *
 * const body = toBody(['a', flush, 'b', flush, 'c', flush])
 * const kinds: string[] = []
 * for await (const { kind } of throttleFlush({ everyMs: 60_000 })(body)) kinds.push(kind)
 * if (kinds.join() !== 'data,flush,data,data,flush') throw new Error(kinds.join())
 * ```
 */
export const throttleFlush = ({ everyMs }: ThrottleFlushOptions): Filter => {
  const intervalMs = checkDelay('everyMs', everyMs)
  return frameFilter('throttleFlush', () => throttleSteps(intervalMs), {
    traits: { ...passingTraits, flush: 'delayed' },
  })
}

const throttleSteps = (intervalMs: number): FrameSteps => {
  let held: Flush[] = []
  let mayLeaveAt = Number.NEGATIVE_INFINITY
  const untilItMay = () => mayLeaveAt - performance.now()
  const leave = () => {
    const frame = joined(held)
    held = []
    mayLeaveAt = performance.now() + intervalMs
    return frame
  }
  return {
    frame(frame) {
      if (isFlush(frame)) {
        held.push(frame)
        return untilItMay() > 0 ? undefined : leave()
      }
      if (held.length === 0) return frame
      return isPause(frame) || isTrailers(frame) || untilItMay() <= 0 ? [leave(), frame] : frame
    },
    end: () => (held.length === 0 ? undefined : leave()),
    idleMs() {
      if (held.length === 0 || mayLeaveAt === Number.POSITIVE_INFINITY) return undefined
      return timerMs(untilItMay())
    },
    // A timer may fire a little early by this clock; it is then set again.
    idle: () => (held.length === 0 || untilItMay() > 0 ? undefined : leave()),
    close() {
      if (held.length > 0) settleReceipt(joined(held).sent, lost())
      held = []
    },
  }
}

const lost = () =>
  new BodyError('FLUSH_LOST', 'Cannot send the flush: the body was closed while it was held back')

/** One flush for several, which calls the receipts of all. */
const joined = (flushes: readonly Flush[]): Flush => {
  const [only] = flushes
  if (only !== undefined && flushes.length === 1) return only
  const receipts: Receipt[] = []
  for (const { sent } of flushes) if (sent !== undefined) receipts.push(sent)
  if (receipts.length === 0) return flush
  const sent: Receipt = (reason) => {
    for (const receipt of receipts) settleReceipt(receipt, reason)
  }
  return { kind: 'flush', sent }
}
