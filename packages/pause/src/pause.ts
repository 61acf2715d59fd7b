import { nothing, startBounds } from './bounds.ts'
import { deferred } from './deferred.ts'
import type { Pause } from '@sluice/body'
import type { WaitOptions } from './bounds.ts'

/** How a pause ended. */
export type PauseOutcome<T> =
  | { readonly kind: 'resumed'; readonly value: T }
  | { readonly kind: 'timed out' }
  /** The signal aborted, before or while it lasted. */
  | { readonly kind: 'gone'; readonly reason: unknown }

/** A pause, and the two ends of it: one for the body, one for whoever ends it. */
export interface PauseHandle<T> {
  /** For the body to yield. Its `until` fulfils however the pause ends, so that the body can say how it did. */
  readonly frame: Pause
  /** Ends the pause. `false` when it had ended before: the value has gone nowhere. Runs nothing of the body's inside the call. */
  resume(value: T): boolean
  /** Never rejects. */
  readonly resumed: Promise<PauseOutcome<T>>
}

/**
 * Makes a pause that somebody else ends: "wait, I am not ready, I will tell you when".
 *
 * Yield `frame`, then look at `resumed`. A resume that comes before the body waits is not lost. The clock of `timeoutMs`
 * starts at the call, not when the body is first waited for: the bound is for whoever has to resume, and a slow reader in
 * between does not move it. Costs one promise: a timer only with `timeoutMs`, a listener only with a `signal`, and both
 * are gone once it has ended.
 *
 * Answers `wsgi.pause_output` (Web-SIG, 2004) and `x-wsgiorg.suspend`.
 *
 * @param options.timeoutMs Milliseconds, 0 or more; none by default.
 * @param options.signal Ends it as `gone`; in a body, the client's.
 * @throws {RangeError} At the call, when `timeoutMs` is not a whole number of 0 to 2,147,483,647, or `Infinity`.
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
 *   yield outcome.kind === 'resumed' ? `it is ${outcome.value}` : 'nobody knows'
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
    // What it stops, signal and timer, is not to live as long as whoever keeps `resume`.
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
