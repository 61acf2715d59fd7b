// What hosts share: `@sluice/server`, `@sluice/node` and `@sluice/fetch`. For code that calls a handler and sends its response.

export { breakOff, breakOffSoon } from './break-off.ts'
export { callUser, giveToOnError, printError } from './call-user.ts'
export { checkSwitch } from './check-switch.ts'
export { tlsOf } from './client-tls.ts'
export { isConnectionField } from './connection-field.ts'
export { contentBody } from './content-body.ts'
export {
  agreedLength,
  type ContentRule,
  checkedLength,
  contentRule,
  responseInvalid,
} from './content-length.ts'
export { frameAfterTrailers } from './frame-after-trailers.ts'
export { FramePump } from './frame-pump.ts'
export { handlerAround } from './handler-around.ts'
export { clientGone, droppedFields, flushLost, lengthMismatch, requestOver } from './host-errors.ts'
export { checkInformational, informationalFields } from './informational.ts'
export { PausedBodies, type PausedBody } from './paused-bodies.ts'
export { RequestClient } from './request-client.ts'
export { RequestErrors, reportError } from './request-errors.ts'
export {
  type SwitchingResponse,
  switchingResponse,
  type TakeOverInit,
  takesOver,
} from './take-over.ts'
export { takeWhole } from './take-whole.ts'
export { checkTrailers, trailerFate } from './trailer-names.ts'
export { whenAnswered, whenSettled } from './when-settled.ts'
export type { BodyFailure, FrameSink } from './frame-sink.ts'
