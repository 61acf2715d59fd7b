export {
  joinTraits,
  passingTraits,
  type Traits,
  traits,
  unknownTraits,
  withTraits,
} from '@sluice/body/engine'
export { type AnswerErrorsOptions, answerError, answerErrors } from './answer-error.ts'
export { type AnswerInit, empty, html, json, stream, text } from './answers.ts'
export {
  type BodyFilterOptions,
  filterRequest,
  filterResponse,
  input,
  output,
} from './body-middleware.ts'
export { checkHandler } from './check-handler.ts'
export { checkResponse } from './check-response.ts'
export { discard } from './discard.ts'
export { type HttpErrorCode, httpErrorStatus } from './errors.ts'
export {
  HttpError,
  type HttpErrorOptions,
  httpErrorsOf,
  type MakeHttpError,
} from './http-error.ts'
export { mapResponse } from './map-response.ts'
export { type RedirectStatus, redirect } from './redirect.ts'
export { type RequestParts, request } from './request.ts'
export { requestUrl } from './request-url.ts'
export { stack } from './stack.ts'
export type {
  Client,
  ClientTls,
  Handler,
  HttpRequest,
  HttpResponse,
  Middleware,
  PassingMiddleware,
  PeerCertificate,
} from './http.ts'
export type { Stacked } from './stacked.ts'
