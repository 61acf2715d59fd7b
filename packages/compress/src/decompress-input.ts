import { withTraits } from '@sluice/body/engine'
import { filterRequest, text } from '@sluice/stack'
import { codingsHere } from './coding.ts'
import { codingTraits } from './coding-traits.ts'
import { boundsOf, decompress, layersOf, unknownIn } from './decompress.ts'
import type { PassingMiddleware } from '@sluice/stack'
import type { DecompressOptions } from './decompress.ts'

/**
 * Decompresses requests: the handler reads content, and sees neither `content-encoding` nor fields about the coded bytes.
 *
 * A request without content (RFC 9112 6.3: neither Content-Length nor Transfer-Encoding, or a Content-Length of 0) is passed on
 * unchanged, with its `content-encoding`. Chunked content of no bytes is `BODY_ENDED_EARLY`.
 *
 * A request in an unknown coding is answered by a 415 that names the known ones (RFC 9110 section 15.5.16).
 * Bounds, and errors while the body is read, are those of `decompress`.
 *
 * @throws {RangeError} At the call, if an option is out of bounds.
 * @throws {BodyError} At the request: `CODING_INVALID` (400) for too many layers.
 *
 * @example
 * ```ts
 * import { readText } from '@sluice/body'
 * import { decompressInput } from '@sluice/compress'
 * import { stack, text as answer } from '@sluice/stack'
 *
 * const input = decompressInput({ maxBytes: 65_536 })
 * export const app = stack(input)(async ({ body }) => answer(await readText(body)))
 * ```
 */
export const decompressInput = (options: DecompressOptions = {}): PassingMiddleware => {
  const bounds = boundsOf(options)
  const decoding: PassingMiddleware = (next) => (request) => {
    // Clients that always use a coding name it in requests without content too, although nothing is coded.
    if (request.body.byteLength === 0) return next(request)
    const codings = request.headers.get('content-encoding')
    const layers = layersOf(codings ?? '')
    if (codings === undefined || layers.length === 0) return next(request)
    const unknown = unknownIn(layers)
    if (unknown !== undefined) return unsupported(unknown)
    const content = filterRequest(request, decompress(codings, bounds))
    return next({ ...content, headers: content.headers.without('content-encoding') })
  }
  return withTraits(codingTraits, decoding)
}

const unsupported = (found: string) =>
  text(`Cannot read the request: found the coding ${JSON.stringify(found)}\n`, {
    status: 415,
    headers: { 'accept-encoding': codingsHere.join(', ') },
  })
