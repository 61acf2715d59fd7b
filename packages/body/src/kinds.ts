import type { AnyFrame, Data, Flush, Pause, Trailers } from './frames.ts'

/** Tell the frames of this package from frames of other kinds. */
export const isData = (frame: AnyFrame): frame is Data => frame.kind === 'data'
export const isFlush = (frame: AnyFrame): frame is Flush => frame.kind === 'flush'
export const isPause = (frame: AnyFrame): frame is Pause => frame.kind === 'pause'
export const isTrailers = (frame: AnyFrame): frame is Trailers => frame.kind === 'trailers'
