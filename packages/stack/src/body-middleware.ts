import { attachParts, carry, statedTraits, traits } from '@sluice/body/engine'
import { pipe } from '@sluice/filter'
import { match } from 'ts-pattern'
import { checkFunction } from './check-handler.ts'
import { checkResponse } from './check-response.ts'
import { discard } from './discard.ts'
import { mapResponse } from './map-response.ts'
import type { AnyFrame, Body, Data, Fields, Frame, Trailers } from '@sluice/body'
import type { Traits } from '@sluice/body/engine'
import type { HttpRequest, HttpResponse, PassingMiddleware } from './http.ts'

export interface BodyFilterOptions {
  /** What becomes of a strong `etag` if bytes change: dropped by default; weakened if the meaning stays the same. */
  readonly etag?: 'drop' | 'weaken'
}

/** Fields that speak of the very bytes: RFC 9110 8.6 and 14.3, RFC 9530, RFC 3230, RFC 1864. */
const ofTheBytes = [
  'content-length',
  'accept-ranges',
  'content-digest',
  'repr-digest',
  'digest',
  'content-md5',
]

/**
 * A body filter on requests: the handler reads the filtered body.
 *
 * Fields that speak of the bytes are dropped, unless the filter's traits say `bytes: 'kept'`. The middleware carries the traits
 * of the filter.
 *
 * @param options.etag `drop` by default.
 *
 * @example
 * import { limitBytes } from '@sluice/filter'
 * import { empty, input, stack } from '@sluice/stack'
 *
 * export const app = stack(input(limitBytes({ maxBytes: 1024 })))(() => empty())
 */
export const input = (
  filter: (body: Body<Data | Trailers>) => Body<Data | Trailers>,
  options: BodyFilterOptions = {},
): PassingMiddleware => {
  checkFunction(filter, 'filter requests')
  const fieldsAfter = fieldsBehind(traits(filter), options)
  const filtering: PassingMiddleware = (next) => (request) =>
    next(filtered(request, filter, fieldsAfter))
  return carryFilter(filtering, 'input', filter)
}

/**
 * A body filter on responses.
 *
 * `content-length`, `accept-ranges` and the digests are dropped, the `etag` dropped or weakened, unless the filter's traits say
 * `bytes: 'kept'`. The middleware carries the traits of the filter. Filters of neighbouring `output`s run in one loop.
 *
 * @param options.etag `drop` by default.
 *
 * @example
 * import { mapText } from '@sluice/filter'
 * import { output, stack, text } from '@sluice/stack'
 *
 * export const app = stack(output(mapText((part) => part.toUpperCase())))(() => text('loud'))
 */
export const output = (
  filter: (body: Body<Frame>) => Body<Frame>,
  options: BodyFilterOptions = {},
): PassingMiddleware => {
  checkFunction(filter, 'filter responses')
  const fieldsAfter = fieldsBehind(traits(filter), options)
  const filtering: PassingMiddleware = (next) => (request) =>
    mapResponse(next(request), (response) => {
      checkResponse(response)
      return filtered(response, filter, fieldsAfter)
    })
  return carryFilter(filtering, 'output', filter)
}

/**
 * A request with a filter on its body and the fields that still hold: what `input` does, for a middleware that decides
 * request by request. If the filter throws, the body of the request is closed.
 *
 * @example
 * import { limitBytes } from '@sluice/filter'
 * import { filterRequest, type PassingMiddleware } from '@sluice/stack'
 *
 * export const limitPosts: PassingMiddleware = (next) => (request) =>
 *   next(
 *     request.method === 'POST'
 *       ? filterRequest(request, limitBytes({ maxBytes: 1024 }))
 *       : request,
 *   )
 */
export const filterRequest = <Q extends HttpRequest>(
  request: Q,
  filter: (body: Body<Data | Trailers>) => Body<Data | Trailers>,
  options: BodyFilterOptions = {},
): Q => filtered(request, filter, fieldsBehind(traits(filter), options))

/**
 * A response with a filter on its body and the fields that still hold: what `output` does, for a middleware that decides
 * response by response. If the filter throws, the body of the response is closed.
 *
 * @example
 * import { mapText } from '@sluice/filter'
 * import { filterResponse, mapResponse, type PassingMiddleware } from '@sluice/stack'
 *
 * const loud = mapText((part) => part.toUpperCase())
 * export const loudErrors: PassingMiddleware = (next) => (request) =>
 *   mapResponse(next(request), (response) =>
 *     response.status < 400 ? response : filterResponse(response, loud),
 *   )
 */
export const filterResponse = (
  response: HttpResponse,
  filter: (body: Body<Frame>) => Body<Frame>,
  options: BodyFilterOptions = {},
): HttpResponse => filtered(response, filter, fieldsBehind(traits(filter), options))

const carryFilter = (
  filtering: PassingMiddleware,
  name: string,
  filter: unknown,
): PassingMiddleware =>
  attachParts(carry(filtering, name, statedTraits(filter) ?? {}), [
    { place: 'the filter', part: filter },
  ])

interface Message<F extends AnyFrame> {
  readonly headers: Fields
  readonly body: Body<F>
}

const filtered = <F extends AnyFrame, M extends Message<F>>(
  message: M & Message<F>,
  filter: (body: Body<F>) => Body<F>,
  fieldsAfter: (headers: Fields) => Fields,
): M => {
  try {
    return {
      ...message,
      headers: fieldsAfter(message.headers),
      body: pipe(message.body, filter),
    }
  } catch (error) {
    discard(message)
    throw error
  }
}

/** Decides which fields still hold behind a filter: once, when a middleware is made. */
const fieldsBehind = (
  { bytes }: Traits,
  { etag = 'drop' }: BodyFilterOptions,
): ((headers: Fields) => Fields) =>
  match(bytes)
    .with('kept', () => (headers: Fields) => headers)
    .with('changed', () => (headers: Fields) => withoutFieldsOfBytes(headers, etag))
    .exhaustive()

const withoutFieldsOfBytes = (headers: Fields, etag: 'drop' | 'weaken'): Fields => {
  let kept = headers
  for (const name of ofTheBytes) kept = kept.without(name)
  const tag = kept.get('etag')
  if (tag === undefined || tag.startsWith('W/')) return kept
  return etag === 'weaken' ? kept.with('etag', `W/${tag}`) : kept.without('etag')
}
