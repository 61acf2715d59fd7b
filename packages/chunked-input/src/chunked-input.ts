import { isToken, withoutBlanks } from '@sluice/body'
import { HttpError } from '@sluice/stack'
import { match, P } from 'ts-pattern'
import { chunkedDecoder } from './chunked-decoder.ts'
import { decodeChunked } from './decode-chunked.ts'
import type { Fields } from '@sluice/body'
import type { HttpRequest, PassingMiddleware } from '@sluice/stack'
import type { ChunkedDecoderOptions } from './chunked-decoder.ts'

/**
 * Decodes request bodies whose host passes the chunked coding through.
 *
 * Takes off `transfer-encoding`, with the coding that it names. A request without that field passes as it is. The
 * field decides, so a host that decodes bodies and leaves it there must not have this middleware.
 *
 * @param options The limits of `chunkedDecoder`.
 * @throws {RangeError} At the call, when a limit is no whole number.
 * @throws {HttpError} At the request: `FRAMING_INVALID` (400) when `chunked` is not the last coding, or not once, with
 * Content-Length, or in HTTP/1.0; `CODING_UNKNOWN` (501) when another stands before it. RFC 9112 sections 6.1 and 6.3.
 * @throws {BodyError} While the body is read, as `decodeChunked`.
 *
 * @example
 * ```ts
 * import { text } from '@sluice/body'
 * import { chunkedInput } from '@sluice/chunked-input'
 * import { stack, text as answer } from '@sluice/stack'
 *
 * export const app = stack(chunkedInput())(async ({ body }) => answer(await text(body)))
 * ```
 */
export const chunkedInput = (options: ChunkedDecoderOptions = {}): PassingMiddleware => {
  // A limit that is no number is the caller's mistake, and told where it was made.
  chunkedDecoder(options)
  const decode = decodeChunked(options)
  return (next) => (request) => {
    if (!isChunked(request)) return next(request)
    const headers = request.headers.delete('transfer-encoding')
    return next({ ...request, headers, body: decode(request.body) })
  }
}

/** Whether the body is in the chunked coding. RFC 9112 6.3: what can be read in two ways is refused. */
const isChunked = ({ version, headers }: HttpRequest): boolean => {
  if (!headers.has('transfer-encoding')) return false
  const codings = codingsOf(headers)
  const hasLength = headers.has('content-length')
  return match({ version, hasLength, codings })
    .with({ hasLength: true }, () => refuse('Content-Length as well, wanted one of them'))
    .with({ version: '1.0' }, () => refuse('it in HTTP/1.0, wanted HTTP/1.1'))
    .with({ codings: ['chunked'] }, () => true)
    .with({ codings: P.when(isChunkedLastAndOnce) }, () => refuseCoding())
    .otherwise(() => refuse('another list, wanted chunked, last and once'))
}

/** The codings in lower case: a name that is no token is kept as it came, since lower case is defined for ASCII. */
const codingsOf = (headers: Fields): readonly string[] =>
  headers
    .getAll('transfer-encoding')
    .flatMap((line) => line.split(','))
    .map((text) => withoutBlanks(text))
    .map((coding) => (isToken(coding) ? coding.toLowerCase() : coding))

const isChunkedLastAndOnce = (codings: readonly string[]): boolean =>
  codings.length > 1 && codings.indexOf('chunked') === codings.length - 1 && codings.every(isToken)

const refuse = (found: string): never => {
  throw new HttpError('FRAMING_INVALID', `Cannot use Transfer-Encoding: found ${found}`)
}

const refuseCoding = (): never => {
  throw new HttpError(
    'CODING_UNKNOWN',
    'Cannot use Transfer-Encoding: found another coding before chunked, wanted chunked alone',
  )
}
