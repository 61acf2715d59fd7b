import { BodyError } from '@sluice/body'
import { lose } from './lose-item.ts'
import type { AnyFrame } from '@sluice/body'

export const invalidBody = (found: string, wanted: string): BodyError =>
  new BodyError('BODY_INVALID', `Cannot filter the body: found ${found}, wanted ${wanted}`)

/** The error for a frame that comes after the trailers, which are last; disposes of the frame. */
export const behindTrailers = (frame: AnyFrame): BodyError => {
  lose(frame, 'it came after the trailers')
  return invalidBody(`a ${frame.kind} frame after the trailers`, 'the end')
}
