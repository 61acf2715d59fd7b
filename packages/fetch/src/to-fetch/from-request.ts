import { fields } from '@sluice/body'
import { HttpError } from '@sluice/stack'
import { FetchClient } from './fetch-client.ts'
import { HeaderFields } from './header-fields.ts'
import { versionOf } from './host-context.ts'
import { requestBody } from './request-body.ts'
import type { Fields } from '@sluice/body'
import type { HttpRequest } from '@sluice/stack'

/**
 * A request of ours from a fetch `Request`.
 *
 * The target is the path and query of its URL, as they are. The fields and the body are read from the request when they are asked for. If
 * it has no Host, that of the URL is used.
 *
 * Fetch does not tell trailers. The version, and the address and port of the client, are known if the host tells them: see
 * `toFetch`.
 *
 * @param context What the host gives beside the request.
 * @throws {HttpError} `BAD_REQUEST` (400), when all fields are read, if HTTP does not allow a value.
 * @throws {BodyError} While the body is read: `BODY_USED` (500) if other code has read the request, `BODY_INVALID` (500) if its stream
 * gives anything but bytes, `READER_GONE` (499) if the client has left.
 *
 * @example
 * ```ts
 * import { fromRequest } from '@sluice/fetch'
 *
 * const { target, headers } = fromRequest(new Request('http://a.example//tea?sugar=2'))
 * if (target !== '//tea?sugar=2' || headers.get('host') !== 'a.example') throw new Error('misread')
 * ```
 */
export const fromRequest = (request: Request, context?: unknown): HttpRequest =>
  requestWith(request, context, new FetchClient(request, context))

/** As `fromRequest`, for a host that made the client. */
export const requestWith = (
  request: Request,
  context: unknown,
  client: FetchClient,
): HttpRequest => ({
  method: request.method,
  target: targetOf(request.url),
  version: versionOf(request, context),
  headers: new HeaderFields(request, requestFields),
  body: requestBody(request, client),
  client,
})

/** The path and query of a URL, cut from its text. Without a Host, as in HTTP/1.0, the URL of Bun is a path. */
const targetOf = (url: string): string => {
  if (url.startsWith('/')) return url
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const fragment = url.indexOf('#', start)
  return fragment < 0 ? url.slice(start) : url.slice(start, fragment)
}

/**
 * All fields of a request.
 *
 * @throws {HttpError} `BAD_REQUEST` (400) if HTTP does not allow a value: `Headers` allow control characters.
 */
const requestFields = ({ headers, url }: Request): Fields => {
  try {
    const list = fields(headers)
    // It did not come over the wire.
    return list.has('host') || !URL.canParse(url) ? list : list.with('host', new URL(url).host)
  } catch (cause) {
    const message = 'Cannot read the request: found a field that HTTP does not allow'
    throw new HttpError('BAD_REQUEST', message, { cause })
  }
}
