import { isTrailers } from '@sluice/body'
import { frameFilter } from '@sluice/filter'
import { flush } from '@sluice/flush'
import type { AnyFrame, Data, Flush } from '@sluice/body'
import type { FrameFilter } from '@sluice/filter'

/** Sends a beat and a flush whenever the source has been quiet for so long while the reader waits. Passes every frame. */
export const quietBeat = (quietMs: number, beat: AnyFrame): FrameFilter<never, Data | Flush> =>
  frameFilter<never, Data | Flush>('quietBeat', () => {
    let trailersPassed = false
    return {
      frame(frame) {
        trailersPassed ||= isTrailers(frame)
        return frame
      },
      idleMs: () => (trailersPassed ? undefined : quietMs),
      idle: () => [beat, flush],
    }
  })
