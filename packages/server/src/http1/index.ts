export { defaultRequestLimits, type RequestLimits } from './limits.ts'
export { type RequestEvent, type RequestParser, requestParser } from './request-parser.ts'
export {
  droppedFields,
  type ResponseFraming,
  type ResponseHead,
  type ResponseHeadOptions,
  refusal,
  responseHead,
} from './response-head.ts'
export type { Framing } from './framing.ts'
export type { RequestHead } from './request-head.ts'
export type { RequestLine } from './request-line.ts'
