import type { AnyFrame, Data, Flush, Pause, Trailers } from './frames.ts'

/** Tell the frames of this package from frames of other kinds. */
export const isData = (frame: AnyFrame): frame is Data => frame.kind === 'data'
export const isFlush = (frame: AnyFrame): frame is Flush => frame.kind === 'flush'
export const isPause = (frame: AnyFrame): frame is Pause => frame.kind === 'pause'
export const isTrailers = (frame: AnyFrame): frame is Trailers => frame.kind === 'trailers'

/** Tells a frame from what is none, where others may have put anything: data without bytes is none. */
export const isFrame = (value: unknown): value is AnyFrame =>
  typeof value === 'object' &&
  value !== null &&
  'kind' in value &&
  typeof value.kind === 'string' &&
  (value.kind !== 'data' || ('bytes' in value && isByteArray(value.bytes)))

/** By its tag, which arrays of another realm have too, and `Buffer`. */
export const isByteArray = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) &&
  Symbol.toStringTag in value &&
  value[Symbol.toStringTag] === 'Uint8Array'

/** What was found where a frame was wanted, for a message. */
export const foundIn = (value: unknown): string => {
  if (value === null || value === undefined) return String(value)
  return typeof value === 'object' ? Object.prototype.toString.call(value) : `a ${typeof value}`
}
