import { data, isPause, isTrailers } from '@sluice/body'
import {
  checkInterval,
  encodeText,
  foundIn,
  isByteArray,
  passingTraits,
  plainFlush,
} from '@sluice/body/engine'
import { frameFilter } from '@sluice/filter'
import { follow } from './follow.ts'
import { startWait } from './wait.ts'
import type { AnyFrame, Data, Flush, Frame } from '@sluice/body'
import type { FrameFilter, FrameSteps, Given } from '@sluice/filter'
import type { Wait } from './wait.ts'

export interface HeartbeatOptions {
  /** Milliseconds between beats, more than 0. Fractions are rounded up. */
  readonly everyMs: number
  /** The bytes of one beat, at least one. They are not copied. A string is sent as UTF-8. */
  readonly bytes: Uint8Array | string
}

/**
 * Sends bytes and a flush at intervals while a pause lasts, so that the connection does not look dead.
 *
 * Passes every frame, and holds nothing. A pause becomes several shorter ones, each up to the next beat. If it rejects, the
 * current one rejects. A slow reader gets its beats later, never two at once. Outside a pause it sends nothing and sets no
 * timer.
 *
 * The bytes are sent where the body pauses, so they must mean nothing there: a comment of an event stream, white space of
 * JSON. It goes in front of compression.
 *
 * @param options.everyMs Milliseconds, more than 0; fractions are rounded up. `Infinity` sends no beats.
 * @throws {TypeError} At the call, when `bytes` is neither a string nor a `Uint8Array`.
 * @throws {RangeError} At the call, when `everyMs` is 0 or less, `NaN` or not a number, or `bytes` is empty.
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
  const intervalMs = checkInterval('everyMs', everyMs)
  if (typeof bytes !== 'string' && !isByteArray(bytes))
    throw new TypeError(
      `Cannot use bytes: found ${foundIn(bytes)}, wanted a string or a Uint8Array`,
    )
  const beat = data(typeof bytes === 'string' ? encodeText(bytes) : bytes)
  if (beat.bytes.length === 0)
    throw new RangeError('Cannot use bytes: found none, wanted at least one to send')

  return frameFilter<never, Data | Flush>('heartbeat', () => new Heartbeat(beat, intervalMs), {
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
      // A reader that does not wait for pauses must not get beats without end.
      if ((await step) === 'over') return
      yield this.#beat
      yield plainFlush
    }
  }
}

/** How a shorter pause ended: `over` together with the pause, `beat` at the time of the next beat. */
type Step = 'over' | 'beat'

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
