import { checkDelay, nothing, onAbort } from '@sluice/body/engine'

/** What bounds a wait. */
export interface WaitOptions {
  /**
   * Milliseconds from the call: any number. Fractions are rounded up. 0 or less times out after what can run at once.
   * `Infinity`, the default, sets no timer.
   */
  readonly timeoutMs?: number | undefined
  /** Ends the wait when it aborts. In a body, pass the client's. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Starts the timer and listens to the signal, if they are given. Gives a function that stops both.
 *
 * @throws {RangeError} At the call, when `timeoutMs` is `NaN` or not a number.
 */
export const startBounds = (
  { timeoutMs = Number.POSITIVE_INFINITY, signal }: WaitOptions,
  timedOut: (timeoutMs: number) => void,
  aborted: (reason: unknown) => void,
): (() => void) => {
  const delayMs = checkDelay('timeoutMs', timeoutMs)
  if (signal?.aborted) {
    aborted(signal.reason)
    return nothing
  }
  const timer =
    delayMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(timedOut, delayMs, delayMs)
  if (signal === undefined) return timer === undefined ? nothing : () => clearTimeout(timer)
  const stop = onAbort(signal, aborted)
  return () => {
    clearTimeout(timer)
    stop()
  }
}
