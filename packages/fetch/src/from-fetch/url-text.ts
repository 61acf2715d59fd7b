import { requestUrl } from '@sluice/stack'
import type { HttpRequest } from '@sluice/stack'

/**
 * A target that `URL` leaves as it is: a path, and perhaps a query, without characters that it would encode and without segments that
 * begin with a dot, which may be `..`.
 */
const plainTarget = /^(?:\/(?!\.|%2e)[\w~!$&()*+,;=:@?%.-]*)+$/i

/** The Host that came last, and the origin that it gives: most requests have the same one. */
let known = { host: '', isSecure: false, origin: 'http://localhost' }

/** The text of `requestUrl(request)`, without a `URL` if there is nothing in the target to be parsed. */
export const urlText = ({ method, target, headers, client }: HttpRequest): string => {
  if (!plainTarget.test(target)) return requestUrl({ method, target, headers, client }).href
  const host = headers.get('host') ?? ''
  const isSecure = client.tls !== undefined
  if (host !== known.host || isSecure !== known.isSecure) {
    const { origin } = requestUrl({ method, target: '/', headers, client })
    known = { host, isSecure, origin }
  }
  return known.origin + target
}
