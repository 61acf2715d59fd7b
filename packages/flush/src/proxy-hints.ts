import { passingTraits, withoutBlanks, withTraits } from '@sluice/body/engine'
import { mapResponse } from '@sluice/stack'
import type { Fields } from '@sluice/body'
import type { HttpResponse, PassingMiddleware } from '@sluice/stack'

/**
 * Tells proxies in front not to buffer the response.
 *
 * - `x-accel-buffering: no` turns off nginx's buffering of this response (`proxy_buffering`, and its kin for FastCGI, uwsgi,
 *   SCGI and gRPC). A response that has the field keeps it.
 * - `no-transform` in `cache-control` (RFC 9111 5.2.2.6) keeps proxies from compressing the response, and so from buffering it
 *   for that: Envoy's compressor, NetScaler and the `compression` of Express and of development servers read it. The directives
 *   that are there stay.
 *
 * A compressing middleware of your own reads `no-transform` as well: stack `proxyHints()` outside it. Does not change what
 * may be cached. A handler that answers without a promise still does.
 *
 * @example
 * ```ts
 * import { proxyHints } from '@sluice/flush'
 * import { stack, text } from '@sluice/stack'
 *
 * export const app = stack(proxyHints())(() => text('at once'))
 * ```
 */
export const proxyHints = (): PassingMiddleware => withTraits(passingTraits, hint)

const hint: PassingMiddleware = (next) => (request) =>
  mapResponse(
    next(request),
    (response): HttpResponse => ({ ...response, headers: hinted(response.headers) }),
  )

const hinted = (headers: Fields): Fields => {
  // One line with one value: nginx takes nothing but `no`.
  const named = headers.has('x-accel-buffering') ? headers : headers.with('x-accel-buffering', 'no')
  const control = headers.get('cache-control')
  if (control === undefined || control === '') return named.with('cache-control', 'no-transform')
  // In one line: some proxies read only the first.
  return hasNoTransform(control) ? named : named.with('cache-control', `${control}, no-transform`)
}

/** Whether the directive is there outside quoted strings (`private="no-transform"`). Reads each character once. */
const hasNoTransform = (control: string): boolean => {
  let start = 0
  let isQuoted = false
  for (let at = 0; at < control.length; at++) {
    const character = control[at]
    if (character === '"') isQuoted = !isQuoted
    else if (isQuoted && character === '\\') at++
    else if (!isQuoted && character === ',') {
      if (isNoTransform(control.slice(start, at))) return true
      start = at + 1
    }
  }
  return isNoTransform(control.slice(start))
}

const isNoTransform = (directive: string): boolean =>
  withoutBlanks(directive).toLowerCase() === 'no-transform'
