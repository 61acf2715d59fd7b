export { BodyError, type BodyErrorCode, bodyErrorStatus, sluiceError } from './body-error.ts'
export { breathe } from './breathe.ts'
export { ByteQueue } from './byte-queue.ts'
export { concat, data } from './bytes.ts'
export { takeAscii } from './bytes-body.ts'
export { CallQueue } from './call-queue.ts'
export { closeQuietly } from './close-quietly.ts'
export { bytes, type Collected, type CollectOptions, collect, json, text } from './collect.ts'
export { knownName } from './field-names.ts'
export { fieldName, isFieldValue, isToken, withoutBlanks } from './field-syntax.ts'
export {
  type FieldsInit,
  fields,
  fieldsOfLines,
  flatFields,
  noFields,
  uncheckedFields,
} from './fields.ts'
export { iteratePull } from './iterate-pull.ts'
export { foundIn, isByteArray, isData, isFlush, isFrame, isPause, isTrailers } from './kinds.ts'
export { lent } from './lent.ts'
export { checkCount, checkDelay } from './limits.ts'
export { loseFrame } from './lose-frame.ts'
export { observePause, observePromise } from './observe-pause.ts'
export { iterableSource, type PieceResult, type PieceSource } from './piece-source.ts'
export {
  closeBody,
  fromPull,
  isPromiseLike,
  type Pull,
  type PullBody,
  pullFrom,
  pulling,
} from './pull.ts'
export { type LineOptions, type Reader, reader } from './reader.ts'
export { type ErrorReports, hearReceiptErrors, settleReceipt } from './settle-receipt.ts'
export { type BlobLike, type BodyInput, type Piece, toBody } from './to-body.ts'
export { afterTurn, TurnSampler, yieldTurn } from './turn-sampler.ts'
export type {
  AnyFrame,
  Body,
  Data,
  Fields,
  Flush,
  Frame,
  Pause,
  Receipt,
  Trailers,
} from './frames.ts'
export type { NodeReadable } from './node-readable.ts'
export type { WebReadable } from './piece-source.ts'
