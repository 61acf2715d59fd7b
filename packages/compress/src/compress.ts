import { checkCount, listMembers, withTraits } from '@sluice/body/engine'
import { filterResponse, HttpError, mapResponse } from '@sluice/stack'
import { match } from 'ts-pattern'
import { acceptedCodings, negotiate } from './accepted-codings.ts'
import { codingsHere, filterOf, restingFirst } from './coding.ts'
import { codingTraits } from './coding-traits.ts'
import { contentOfGet } from './content-of-get.ts'
import { hasPlain, withTagOfChange, withWeakTag } from './entity-tags.ts'
import { isCompressible, mediaType } from './is-compressible.ts'
import { refuseOtherOptions } from './refuse-other-options.ts'
import type { HttpRequest, HttpResponse, PassingMiddleware } from '@sluice/stack'
import type { Coder, Coding, CodingOptions } from './coding.ts'
import type { ContentOfGet } from './content-of-get.ts'

export interface CompressOptions extends CodingOptions {
  /** In order of preference, for clients that accept several equally; zstd if Node has it, br, gzip, deflate by default. */
  readonly codings?: readonly Coding[]
  /** Bytes: content that is known to be shorter is not compressed; 1,024 by default. */
  readonly minBytes?: number
  /** Milliseconds that bytes wait for more, if nothing is flushed; 20 by default. */
  readonly maxDelayMs?: number
  /** Whether a type becomes smaller; by default what mime-db says. */
  readonly isCompressible?: (type: string | undefined) => boolean
  /** Whether a response will pause: then gzip is preferred, since it can rest. By default, server-sent events will. */
  readonly pauses?: (response: HttpResponse) => boolean
}

/**
 * Compresses responses, in the coding that the client prefers.
 *
 * Flush, pause, trailers and other frames keep their places; see `gzip`, `brotli` and `zstd` for what each holds. These responses
 * stay as they are: coded already, `no-transform`, 1xx, 204, 205. Content of less than `minBytes`, and types that do not become
 * smaller, stay as they are too, unless the client refuses `identity`. A compressed response has `content-encoding`,
 * `vary: accept-encoding`, a weak `etag`, and no field that describes the old bytes. One that would be compressed for another
 * client has the `vary` too.
 *
 * Other responses match the response to a GET. HEAD gets the same head. A 304 has the same `etag` and `vary`; give it the
 * `content-type`, since the type decides. A 206 gets the `vary` and keeps a strong `etag`, which belongs to the bytes it sends.
 * The `etag` of a response to PUT, PATCH, POST or DELETE stays: it belongs to what was stored.
 *
 * @param options.minBytes Bytes, 1,024 by default.
 * @param options.maxDelayMs Milliseconds, 20 by default; `Infinity`: what is not flushed waits for 64 KiB or the end.
 * @throws {TypeError} At the call, if `codings` has zstd and Node has none, or if an option is unknown.
 * @throws {RangeError} At the call, if an option is out of bounds.
 * @throws {HttpError} `NOT_ACCEPTABLE` (406), at the request, if the client accepts neither a coding nor content without one.
 *
 * @example
 * ```ts
 * import { compress } from '@sluice/compress'
 * import { html, stack } from '@sluice/stack'
 *
 * export const app = stack(compress())(() => html('<p>hello'))
 * ```
 */
export const compress = (options: CompressOptions = {}): PassingMiddleware => {
  refuseOtherOptions(options)
  const { codings = codingsHere, maxDelayMs = 20, pauses = isEventStream } = options
  const minBytes = checkCount('minBytes', options.minBytes ?? 1024, 0)
  const isWorthIt = options.isCompressible ?? isCompressible
  const coders = codings.map((coding) => ({
    coding,
    filter: filterOf(coding, options, maxDelayMs),
  }))
  const restingCoders = restingFirst(coders)
  const compressing: PassingMiddleware = (next) => (request) => {
    const accepted = acceptedCodings(request.headers.get('accept-encoding'))
    if (accepted.refusesIdentity && negotiate(accepted, coders).kind === 'refused')
      throw notAcceptable(codings)
    return mapResponse(next(request), (response) => {
      if (isSmall(request, response, minBytes) && !accepted.refusesIdentity) return response
      if (!mayBeCoded(response)) return response
      const { sends, type, byteLength } = contentOfGet(request.method, response)
      const isWanted = (type === 'unknown' || isWorthIt(type)) && byteLength >= minBytes
      if (!isWanted && !accepted.refusesIdentity) return response
      const varying = withVary(response)
      const isResting = sends === 'whole' && pauses(response)
      return match(negotiate(accepted, isResting ? restingCoders : coders))
        .returnType<HttpResponse>()
        .with({ kind: 'coded' }, ({ coder }) => withCoding(sends, varying, coder, request))
        .with({ kind: 'identity' }, () => varying)
        .with({ kind: 'refused' }, () => {
          throw notAcceptable(codings)
        })
        .exhaustive()
    })
  }
  return withTraits(codingTraits, compressing)
}

/** A response to a client that accepts the coding. */
const withCoding = (
  sends: ContentOfGet['sends'],
  response: HttpResponse,
  coder: Coder,
  request: HttpRequest,
): HttpResponse =>
  match(sends)
    .with('whole', () => coded(response, coder, request))
    .with('part', () => response)
    .with('fields', () => (hasPlain(request, response) ? response : describing(response)))
    .exhaustive()

const coded = (
  response: HttpResponse,
  { coding, filter }: Coder,
  request: HttpRequest,
): HttpResponse => {
  const filtered = filterResponse(response, filter, { etag: 'weaken' })
  const headers = filtered.headers.with('content-encoding', coding)
  return { ...filtered, headers: withTagOfChange(headers, request, response) }
}

/** A 304 must not have a field that the coded 200 lacks, such as the content-length of the uncoded bytes (RFC 9110 8.6). */
const describing = (response: HttpResponse): HttpResponse =>
  response.status === 304
    ? filterResponse(response, (body) => body, { etag: 'weaken' })
    : withWeakTag(response)

const isEventStream = ({ headers }: HttpResponse): boolean =>
  mediaType(headers.get('content-type')) === 'text/event-stream'

const notAcceptable = (codings: readonly Coding[]) =>
  new HttpError(
    'NOT_ACCEPTABLE',
    `Cannot answer in a coding that is accepted: wanted one of ${codings.join(', ')} or identity`,
    { headers: { vary: 'accept-encoding' } },
  )

/** Statuses without content whose responses do not describe what a GET would get. */
const withoutContent: ReadonlySet<number> = new Set([204, 205])

/** Whether a whole response is small, as far as its length says. Most answers are, so this is asked first: it needs no field. */
const isSmall = ({ method }: HttpRequest, { status, body }: HttpResponse, minBytes: number) =>
  status === 200 && method !== 'HEAD' && (body.byteLength ?? minBytes) < minBytes

const mayBeCoded = ({ status, headers }: HttpResponse): boolean =>
  status >= 200 &&
  !withoutContent.has(status) &&
  !headers.has('content-encoding') &&
  !listMembers(headers.get('cache-control') ?? '').includes('no-transform')

/** RFC 9110 12.5.5: responses without a coding have it too, for caches. */
const withVary = (response: HttpResponse): HttpResponse => {
  const vary = response.headers.get('vary')
  const members = listMembers(vary ?? '')
  if (members.includes('*') || members.includes('accept-encoding')) return response
  const value = members.length === 0 ? 'accept-encoding' : `${vary}, accept-encoding`
  return { ...response, headers: response.headers.with('vary', value) }
}
