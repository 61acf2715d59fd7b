import { passingTraits } from '@sluice/body/engine'
import { frameFilter } from './filter.ts'
import type { AnyFrame } from '@sluice/body'
import type { Filter } from './filter.ts'

export interface TapListener {
  /** Sees every frame, before it is passed on. It must not change it. */
  frame?(frame: AnyFrame): void
  /** Called once, when the body is over; `ended` says whether it was read to its end. */
  close?(ended: boolean): void
}

/**
 * Shows the frames of a body to a listener: for hashes, counts and logs.
 *
 * Passes every frame as it is. `listen` is called once for each body, at its first frame. An error that it throws fails the body.
 *
 * @example
 * ```ts
 * import { isData, readText, toBody } from '@sluice/body'
 * import { tap } from '@sluice/filter'
 *
 * let byteLength = 0
 * const counted = tap(() => ({
 *   frame(frame) {
 *     if (isData(frame)) byteLength += frame.bytes.length
 *   },
 * }))
 * await readText(counted(toBody('hello')))
 * if (byteLength !== 5) throw new Error('miscounted')
 * ```
 */
export const tap = (listen: () => TapListener): Filter =>
  frameFilter(
    'tap',
    () => {
      const listener = listen()
      let ended = false
      return {
        frame(frame) {
          listener.frame?.(frame)
          return frame
        },
        end() {
          ended = true
          return undefined
        },
        close: () => listener.close?.(ended),
      }
    },
    { traits: passingTraits },
  )
