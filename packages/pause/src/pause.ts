import { deferred, nothing } from '@sluice/body/engine'
import { startBounds } from './bounds.ts'
import type { Pause } from '@sluice/body'
import type { WaitOptions } from './bounds.ts'

/** How a pause ended. */
export type PauseOutcome<T> =
  | { readonly kind: 'resumed'; readonly value: T }
  | { readonly kind: 'timed out' }
  /** The signal aborted, before or while it lasted. */
  | { readonly kind: 'gone'; readonly reason: unknown }

/** A pause: a frame for the body, and a function that ends it. */
export interface PauseHandle<T> {
  /** Yield this in the body. Its `until` fulfils however the pause ends, so that the body can go on and look at `resumed`. */
  readonly frame: Pause
  /** Ends the pause. `false` if it had ended before: the value is ignored. Runs no code of the body inside the call. */
  resume(value: T): boolean
  /** Never rejects. */
  readonly resumed: Promise<PauseOutcome<T>>
}

/**
 * Makes a pause that other code ends: "wait, I am not ready, I will tell you when".
 *
 * Yield `frame`, then look at `resumed`. A resume that comes before the body waits is not lost. `timeoutMs` counts from the
 * call, however late the body is read: it bounds the code that has to resume. Costs one promise, a timer only with
 * `timeoutMs`, and a listener only with a `signal`; both are gone once the pause has ended.
 *
 * Answers `wsgi.pause_output` (Web-SIG, 2004) and `x-wsgiorg.suspend`.
 *
 * @param options.timeoutMs Milliseconds from the call, rounded up; none by default. 0 or less, such as a deadline that has
 * passed, times out after what can run at once.
 * @param options.signal Ends the pause as `gone`. In a body, pass the client's.
 * @throws {RangeError} At the call, when `timeoutMs` is `NaN` or not a number.
 *
 * @example
 * ```ts
 * import { readText, toBody, type Frame } from '@sluice/body'
 * import { pause } from '@sluice/pause'
 *
 * const { frame, resume, resumed } = pause<number>({ timeoutMs: 1000 })
 * async function* answer(): AsyncGenerator<Frame | string> {
 *   yield frame
 *   const outcome = await resumed
 *   yield outcome.kind === 'resumed' ? `it is ${outcome.value}` : 'no answer'
 * }
 * resume(42)
 * if ((await readText(toBody(answer()))) !== 'it is 42') throw new Error('not told')
 * ```
 */
export const pause = <T = void>(options: WaitOptions = {}): PauseHandle<T> => {
  const { promise: resumed, resolve: tell } = deferred<PauseOutcome<T>>()
  let over = false
  let stop = nothing
  const end = (outcome: PauseOutcome<T>) => {
    if (over) return false
    over = true
    tell(outcome)
    stop()
    // Else code that keeps `resume` would keep the signal and the timer alive.
    stop = nothing
    return true
  }
  const stopBounds = startBounds(
    options,
    () => end({ kind: 'timed out' }),
    (reason) => end({ kind: 'gone', reason }),
  )
  if (!over) stop = stopBounds
  return {
    frame: { kind: 'pause', until: resumed },
    resume: (value) => end({ kind: 'resumed', value }),
    resumed,
  }
}
