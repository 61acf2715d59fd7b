import { data, isPause, isTrailers } from '@sluice/body'
import { checkDelay, foundIn, isByteArray, passingTraits } from '@sluice/body/engine'
import { frameFilter } from '@sluice/filter'
import { follow } from './follow.ts'
import { startWait } from './wait.ts'
import type { AnyFrame, Data, Flush, Frame } from '@sluice/body'
import type { FrameFilter, FrameSteps, Given } from '@sluice/filter'
import type { Wait } from './wait.ts'

export interface HeartbeatOptions {
  /** Milliseconds between beats, 1 or more. */
  readonly everyMs: number
  /** What is sent at each, at least one byte, not copied; a string as UTF-8. */
  readonly bytes: Uint8Array | string
}

/**
 * Sends bytes and a flush now and then while a pause lasts, so that the connection does not look dead.
 *
 * Passes every frame, and holds nothing. A pause leaves as several shorter ones, one up to each beat; when it rejects, so
 * does the one that is waited for then. A reader that takes its time has its beats later, never two at once. The bytes
 * stand where the body pauses, so they have to mean nothing there: a comment of an event stream, white space of JSON. It
 * goes in front of compression.
 *
 * Nothing is sent but in a pause; a timer is set only in one.
 *
 * @param options.everyMs Milliseconds, 1 or more.
 * @throws {TypeError} At the call, when `bytes` are neither a string nor a `Uint8Array`.
 * @throws {RangeError} At the call, when `everyMs` is not a whole number of 1 to 2,147,483,647, or `Infinity`, or `bytes`
 * are none.
 *
 * @example
 * ```ts
 * import { readText, toBody, type Frame } from '@sluice/body'
 * import { heartbeat, sleep } from '@sluice/pause'
 *
 * async function* slow(): AsyncGenerator<Frame | string> {
 *   yield { kind: 'pause', until: sleep(50) }
 *   yield 'data: done\n\n'
 * }
 * const kept = heartbeat({ everyMs: 10, bytes: ':\n\n' })(toBody(slow()))
 * if (!(await readText(kept)).startsWith(':\n\n')) throw new Error('no beat')
 * ```
 */
export const heartbeat = ({
  everyMs,
  bytes,
}: HeartbeatOptions): FrameFilter<never, Data | Flush> => {
  checkDelay('everyMs', everyMs, 1)
  if (typeof bytes !== 'string' && !isByteArray(bytes))
    throw new TypeError(
      `Cannot use bytes: found ${foundIn(bytes)}, wanted a string or a Uint8Array`,
    )
  const beat = data(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes)
  if (beat.bytes.length === 0)
    throw new RangeError('Cannot use bytes: found none, wanted at least one to send')

  return frameFilter<never, Data | Flush>('heartbeat', () => new Heartbeat(beat, everyMs), {
    traits: { ...passingTraits, bytes: 'changed' },
  })
}

/** A class: an object of functions would be more memory of each body. */
class Heartbeat implements FrameSteps {
  readonly #beat: Data
  readonly #everyMs: number
  #step: Wait<Step> | undefined
  #trailersPassed = false

  constructor(beat: Data, everyMs: number) {
    this.#beat = beat
    this.#everyMs = everyMs
  }

  frame(frame: AnyFrame): Given<AnyFrame> {
    if (isTrailers(frame)) this.#trailersPassed = true
    return isPause(frame) && !this.#trailersPassed ? this.#beats(frame.until) : frame
  }

  close(): void {
    this.#step?.cancel()
  }

  async *#beats(until: PromiseLike<unknown>): AsyncGenerator<Frame> {
    for (;;) {
      const step = waitStep(until, this.#everyMs)
      this.#step = step
      yield { kind: 'pause', until: step }
      // Readers wait before they pull again; one that does not must not be fed beats without end.
      if ((await step) === 'over') return
      yield this.#beat
      yield flush
    }
  }
}

/** How a shorter pause ended: with the pause, or because it was time for a beat. */
type Step = 'over' | 'beat'

const flush: Flush = Object.freeze({ kind: 'flush' })

const waitStep = (until: PromiseLike<unknown>, everyMs: number): Wait<Step> =>
  startWait<Step>('the pause', (fulfil, fail) => {
    const stop = follow(until, () => fulfil('over'), fail)
    if (everyMs === Number.POSITIVE_INFINITY) return stop
    const timer = setTimeout(() => fulfil('beat'), everyMs)
    return () => {
      clearTimeout(timer)
      stop()
    }
  })
