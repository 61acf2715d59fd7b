export { sluiceError } from '../body-error.ts'
export { fieldsOfLines, flatFields, uncheckedFields } from '../fields.ts'
export { foundIn, isByteArray, isFrame } from '../kinds.ts'
export { breathe } from './breathe.ts'
export { ByteQueue } from './byte-queue.ts'
export { takeAscii } from './bytes-body.ts'
export { CallQueue } from './call-queue.ts'
export { closeQuietly } from './close-quietly.ts'
export { errorsOf, type MakeError } from './errors-of.ts'
export { knownName } from './field-names.ts'
export { fieldName, isFieldValue, isToken, withoutBlanks } from './field-syntax.ts'
export { iteratePull } from './iterate-pull.ts'
export { latin1Bytes, latin1Of } from './latin1.ts'
export { checkCount, checkDelay } from './limits.ts'
export { loseFrame } from './lose-frame.ts'
export { observePause, observePromise } from './observe-pause.ts'
export { iterableSource, type PieceResult, type PieceSource } from './piece-source.ts'
export { fromPull, isPromiseLike, type Pull, type PullBody, pullFrom, pulling } from './pull.ts'
export { type ErrorReports, hearReceiptErrors, settleReceipt } from './settle-receipt.ts'
export {
  attachTraits,
  carry,
  joinTraits,
  mergeTraits,
  passingTraits,
  statedTraits,
  type Traits,
  traits,
  traitsKey,
  unknownTraits,
  withTraits,
} from './traits.ts'
export { afterTurn, TurnSampler, yieldTurn } from './turn-sampler.ts'
