// HTTP/1.1 for a server, without I/O: bytes come in and events go out, a response comes in and bytes go out. Any loop can use it,
// over sockets, pipes or memory, wherever the web platform's types exist.
//
// Requests. `RequestParser` is a state machine over the bytes received so far (RFC 9112 section 2.1):
//
//   idle -> head -> content -> ended -> idle ...        and from each of the first three: -> refused
//
// - One request at a time. After its end nothing is parsed until `nextRequest`: what follows may belong to another protocol
//   (RFC 9110 section 7.8), and pipelined requests are answered in order (RFC 9112 section 9.3.2).
// - Events are the same however the bytes were cut. A line is parsed as soon as it is complete, and refused as soon as its
//   beginning cannot become valid. Only the bytes of an unfinished line are looked at again.
// - Strict: what is malformed or can be read in two ways is refused and never repaired (RFC 9112 sections 2.2, 5.1, 6.1, 6.3, 11.2).
// - Bounded: at most `maxHeadBytes` are held for a head. Content is given as it came, without a copy.
// - After an error nothing is parsed or kept. The state is `refused`, and `next` gives `undefined`. The loop sends `refusal(error)`
//   and closes the connection, since the end of that request is unknown.
//
// Who calls whom: RequestParser holds the input (InputQueue). It gives text to HeadParser, which checks the request line
// (request-line, section 3), the field lines (field-line, section 5) and keeps them as text (field-text). Once the head is over,
// request-head checks its target (target, section 3.2) and Host, and picks its framing (framing, section 6.3). A ContentReader
// (content-reader, sections 6 and 7) gives the content. All state is in the parser and its ParserContext; no module has any.
//
// Responses. `responseHead` writes a head and picks the framing (response-framing, section 6.3); `responseBytes` writes the whole
// response; `refusal` the one to a request that could not be read.
export { droppedFields } from '@sluice/stack/host'
export { defaultRequestLimits, type RequestLimits } from './limits.ts'
export { refusal } from './refusal.ts'
export { type RequestEvent, type RequestParser, requestParser } from './request-parser.ts'
export { type ResponseBytes, responseBytes } from './response-bytes.ts'
export {
  type ResponseHead,
  type ResponseHeadOptions,
  responseHead,
} from './response-head.ts'
export { ResponseHeadCache } from './response-head-cache.ts'
export type { Framing } from './framing.ts'
export type { RequestHead } from './request-head.ts'
export type { RequestLine } from './request-line.ts'
export type { ResponseFraming } from './response-framing.ts'
