// What the packages of this repository share, beside the names that `@sluice/body` has for users. By subject:

// The pull protocol: reading and making bodies without a promise for each frame.

export { type Content, endAfterTrailers, nextContent } from '../next-data.ts'
export { CallQueue } from './call-queue.ts'
export { checkBody } from './check-body.ts'
export { iteratePull } from './iterate-pull.ts'
export { type FrameMaker, IteratorPull } from './iterator-pull.ts'
export { iteratorOf } from './iterators.ts'
export {
  fromPull,
  isPromiseLike,
  type Pull,
  type PullBody,
  type Pulled,
  type PullNext,
  pullFrom,
  pulling,
  pullThen,
} from './pull.ts'
export { PullLoop } from './pull-loop.ts'
export { answerPull, continuePull, failPull, type PullWaiter } from './pull-waiter.ts'

// Fairness: sharing the event loop.

export { nextTurn, runNextTurn } from './next-turn.ts'
export { TurnSampler, yieldTurn, yieldTurnThen } from './turn-sampler.ts'

// Flushes and their receipts, held pauses, lost frames, and closing.

export { closeBodyQuietly } from './close-body-quietly.ts'
export { closeQuietly } from './close-quietly.ts'
export { flushWithPromise, plainFlush, releasesHeld } from './flush-frames.ts'
export { type Leaving, leaveDuringRead, leaveStream, leavingOf } from './leave-stream.ts'
export { closedBefore, loseFrame } from './lose-frame.ts'
export { observePause, observePromise } from './observe-pause.ts'
export { type ErrorReports, hearReceiptErrors, settleReceipt } from './settle-receipt.ts'

// Promises and signals.

export { type Deferred, deferred, nothing, quiet } from './deferred.ts'
export { checkSignal, isSignal, onAbort } from './on-abort.ts'
export { signalOf } from './signal-of.ts'
export { tellAll } from './tell-all.ts'

// Bytes and text.

export { noBytes } from '../bytes.ts'
export { ByteQueue } from './byte-queue.ts'
export { decodeText } from './decode-text.ts'
export { encodeText } from './encode-text.ts'
export { latin1Bytes, latin1Of } from './latin1.ts'
export { LineQueue } from './line-queue.ts'
export { splitsPair } from './split-pair.ts'

// Fields and their syntax.

export { fieldsOfLines, flatFields, uncheckedFields } from '../fields.ts'
export { knownName } from './field-names.ts'
export {
  fieldName,
  fieldValueTable,
  isBlank,
  isFieldValue,
  isToken,
  listMembers,
  skipBytes,
  tokenTable,
  withoutBlanks,
} from './field-syntax.ts'

// Errors, and checks of arguments and options.

export { sluiceError } from '../body-error.ts'
export { foundIn, hasKind, isByteArray, isFrame, isObject } from '../kinds.ts'
export { errorsOf, type MakeError } from './errors-of.ts'
export { isAsyncFunction } from './is-async-function.ts'
export {
  checkCallback,
  checkChoice,
  checkCount,
  checkDelay,
  checkInterval,
  checkOptions,
  timerMs,
} from './limits.ts'
export { propertyOf } from './property-of.ts'

// The platform.

export { isDenoOrBun, undiciVersion } from './platform.ts'

// Traits of filters, middlewares and handlers.

export { attachParts, nameOfPart, type Part, partsKey, partsOf } from './parts.ts'
export {
  joinStated,
  joinTraits,
  mergeTraits,
  passingTraits,
  statedTraits,
  type Traits,
  traits,
  traitsKey,
  unknownTraits,
} from './traits.ts'
export { attachTraits, carry, withTraits } from './with-traits.ts'
