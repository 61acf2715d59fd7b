import { BodyError } from '@sluice/body'
import { loseFrame } from '@sluice/body/engine'
import type { AnyFrame } from '@sluice/body'

/** The error of a frame that comes after the trailers, which are last. The frame is lost. */
export const frameAfterTrailers = (frame: AnyFrame): BodyError => {
  loseFrame(frame, 'the trailers before it')
  return new BodyError(
    'BODY_INVALID',
    `Cannot send the body: found a ${frame.kind} frame after the trailers`,
  )
}
