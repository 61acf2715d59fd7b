import { checkDelay } from '@sluice/body/engine'
import { onAbort } from './on-abort.ts'

/** What bounds a wait. */
export interface WaitOptions {
  /** Milliseconds from the call, 0 or more; `Infinity`, no time-out and no timer, by default. */
  readonly timeoutMs?: number | undefined
  /** Ends the wait when it aborts; in a body the client's is at hand. */
  readonly signal?: AbortSignal | undefined
}

export const nothing = (): void => {}

/**
 * Starts the clock and listens to the signal, where they are wanted; gives what undoes both.
 *
 * @throws {RangeError} At the call, when `timeoutMs` is no time.
 */
export const startBounds = (
  { timeoutMs = Number.POSITIVE_INFINITY, signal }: WaitOptions,
  timedOut: (timeoutMs: number) => void,
  aborted: (reason: unknown) => void,
): (() => void) => {
  checkDelay('timeoutMs', timeoutMs, 0)
  if (signal?.aborted) {
    aborted(signal.reason)
    return nothing
  }
  const timer =
    timeoutMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(timedOut, timeoutMs, timeoutMs)
  if (signal === undefined) return timer === undefined ? nothing : () => clearTimeout(timer)
  const stop = onAbort(signal, aborted)
  return () => {
    clearTimeout(timer)
    stop()
  }
}
