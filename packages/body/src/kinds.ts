import type { AnyFrame, Data, Flush, Pause, Trailers } from './frames.ts'

/** Whether a frame is of this kind. */
export const isData = (frame: AnyFrame): frame is Data => frame.kind === 'data'
export const isFlush = (frame: AnyFrame): frame is Flush => frame.kind === 'flush'
export const isPause = (frame: AnyFrame): frame is Pause => frame.kind === 'pause'
export const isTrailers = (frame: AnyFrame): frame is Trailers => frame.kind === 'trailers'

/** Whether a value is an object. `null` is not. */
export const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null

/** Whether a value has a kind, as every frame has. It may be data without bytes, which `isFrame` refuses. */
export const hasKind = (value: unknown): value is AnyFrame =>
  isObject(value) && 'kind' in value && typeof value.kind === 'string'

/** Whether a foreign value is a frame: it has a kind, and if that is data, its bytes are a byte array. */
export const isFrame = (value: unknown): value is AnyFrame =>
  hasKind(value) && (value.kind !== 'data' || ('bytes' in value && isByteArray(value.bytes)))

/** Whether a value is a `Uint8Array`, also one of another realm, or a `Buffer`. Other views and buffers: see `bytesOf`. */
export const isByteArray = (value: unknown): value is Uint8Array =>
  ArrayBuffer.isView(value) &&
  Symbol.toStringTag in value &&
  value[Symbol.toStringTag] === 'Uint8Array'

/** Names a value of the wrong type, for a message. */
export const foundIn = (value: unknown): string => {
  if (value === null || value === undefined) return String(value)
  return typeof value === 'object' ? Object.prototype.toString.call(value) : `a ${typeof value}`
}
