export { BodyError, type BodyErrorOptions } from './body-error.ts'
export { concat, data } from './bytes.ts'
export {
  type Collected,
  type CollectOptions,
  collect,
  readBytes,
  readJson,
  readText,
} from './collect.ts'
export { closeBody } from './engine/pull.ts'
export { type BodyErrorCode, bodyErrorStatus } from './errors.ts'
export { type FieldsInit, fields, noFields } from './fields.ts'
export { isData, isFlush, isPause, isTrailers } from './kinds.ts'
export { lent } from './lent.ts'
export { type LineOptions, type Reader, reader } from './reader.ts'
export {
  type BlobLike,
  type BodyInput,
  type ContentInput,
  type ContentPiece,
  type Piece,
  toBody,
} from './to-body.ts'
export type { WebReadable } from './engine/iterators.ts'
export type { NodeReadable } from './engine/node-readable.ts'
export type {
  AnyFrame,
  Body,
  Bytes,
  Data,
  Fields,
  Flush,
  Frame,
  Pause,
  Receipt,
  Trailers,
} from './frames.ts'
