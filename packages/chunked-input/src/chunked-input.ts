import { traits, withTraits } from '@sluice/body/engine'
import { chunkedDecoder } from './chunked-decoder.ts'
import { decodeChunked } from './decode-chunked.ts'
import { checkTransferCodings } from './transfer-encoding.ts'
import type { HttpRequest, PassingMiddleware } from '@sluice/stack'
import type { ChunkedDecoderOptions } from './chunked-decoder.ts'

/**
 * Decodes request bodies whose host passes the chunked coding through.
 *
 * Removes `transfer-encoding` and the coding that it names. A request without that field passes unchanged. The field decides:
 * do not use this middleware if the host decodes bodies and leaves the field there.
 *
 * @param options The limits of `chunkedDecoder`.
 * @throws {RangeError} At the call, when a limit is not a whole number.
 * @throws {HttpError} At the request: `FRAMING_INVALID` (400) when `chunked` is not the last coding, or not once, with
 * Content-Length, or in HTTP/1.0; `CODING_UNKNOWN` (501) when another stands before it. RFC 9112 sections 6.1 and 6.3.
 * @throws {BodyError} While the body is read, as `decodeChunked`.
 *
 * @example
 * ```ts
 * import { readText } from '@sluice/body'
 * import { chunkedInput } from '@sluice/chunked-input'
 * import { stack, text as answer } from '@sluice/stack'
 *
 * export const app = stack(chunkedInput())(async ({ body }) => answer(await readText(body)))
 * ```
 */
export const chunkedInput = (options: ChunkedDecoderOptions = {}): PassingMiddleware => {
  // Checks the limits at the call.
  chunkedDecoder(options)
  const decode = decodeChunked(options)
  const decoding: PassingMiddleware = (next) => (request) => {
    if (!isChunked(request)) return next(request)
    const headers = request.headers.without('transfer-encoding')
    return next({ ...request, headers, body: decode(request.body) })
  }
  return withTraits(traits(decode), decoding)
}

const isChunked = ({ version, headers }: HttpRequest): boolean => {
  if (!headers.has('transfer-encoding')) return false
  const lines = headers.getAll('transfer-encoding')
  checkTransferCodings({ version, lines, hasLength: headers.has('content-length') })
  return true
}
