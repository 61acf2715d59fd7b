import { BodyError } from '@sluice/body'
import { loseFrame } from '@sluice/body/engine'
import type { AnyFrame } from '@sluice/body'

/** The error of a frame that comes after the trailers, which are last; the frame goes no further. */
export const behindTrailers = (frame: AnyFrame): BodyError => {
  loseFrame(frame, 'it came after the trailers')
  return new BodyError(
    'BODY_INVALID',
    `Cannot filter the body: found a ${frame.kind} frame after the trailers, wanted the end`,
  )
}
