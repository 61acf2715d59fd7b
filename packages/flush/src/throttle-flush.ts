import { BodyError, isFlush, isPause, isTrailers } from '@sluice/body'
import { checkDelay, passingTraits, settleReceipt } from '@sluice/body/engine'
import { frameFilter } from '@sluice/filter'
import { flush } from './flush.ts'
import type { Flush, Receipt } from '@sluice/body'
import type { Filter, FrameSteps } from '@sluice/filter'

export interface ThrottleFlushOptions {
  /** Milliseconds from one flush to the next, 0 or more. */
  readonly everyMs: number
}

/**
 * Lets a flush pass at most once in `everyMs`; one that comes earlier is held back, and joined with those that follow.
 *
 * Passes every other frame at once, and holds no bytes. A held flush leaves as soon as it may, also while the source is
 * quiet; and, whatever the time, before a pause, the trailers and the end. It tells the receipts of all that were joined
 * in it. No flush is lost or made up, but it may leave after data that came later. Where the body fails or is left, a held
 * flush goes with it, and its receipts are told `FLUSH_LOST`.
 *
 * @param options.everyMs Milliseconds, 0 or more; with `Infinity`, one flush and then only those that cannot be held.
 * @throws {RangeError} At the call, when `everyMs` is not a whole number of 0 to 2,147,483,647, or `Infinity`.
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
  checkDelay('everyMs', everyMs, 0)
  return frameFilter('throttleFlush', () => throttleSteps(everyMs), {
    traits: { ...passingTraits, flush: 'delayed' },
  })
}

const throttleSteps = (everyMs: number): FrameSteps => {
  let held: Flush[] = []
  let mayLeaveAt = Number.NEGATIVE_INFINITY
  const untilItMay = () => mayLeaveAt - performance.now()
  const leave = () => {
    const frame = joined(held)
    held = []
    mayLeaveAt = performance.now() + everyMs
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
      return Math.max(0, Math.ceil(untilItMay()))
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

/** One flush for several, which tells the receipts of all. */
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
