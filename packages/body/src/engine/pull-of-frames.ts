import { BodyError } from '../body-error.ts'
import { foundIn, isFrame } from '../kinds.ts'
import { IteratorPull } from './iterator-pull.ts'
import type { AnyFrame } from '../frames.ts'
import type { FrameMaker } from './iterator-pull.ts'
import type { Pull } from './pull.ts'

/** Starts the pull of an async iterator that must give frames. */
export function pullOfFrames<F extends AnyFrame>(iterator: AsyncIterator<F>): Pull<F>
export function pullOfFrames(iterator: AsyncIterator<AnyFrame>): Pull<AnyFrame> {
  return new IteratorPull(iterator, framesOnly)
}

const framesOnly: FrameMaker = {
  frameOf(value) {
    // An `undefined` that was yielded would pass for the end.
    if (isFrame(value)) return value
    throw new BodyError(
      'BODY_INVALID',
      `Cannot read the body: found ${foundIn(value)}, wanted a frame: use toBody()`,
    )
  },
}
