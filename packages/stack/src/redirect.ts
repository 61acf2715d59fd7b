import { foundIn } from '@sluice/body/engine'
import { empty } from './answers.ts'
import type { HttpResponse } from './http.ts'

/** RFC 9110 15.4. */
export type RedirectStatus = 301 | 302 | 303 | 307 | 308

const statuses: ReadonlySet<unknown> = new Set([301, 302, 303, 307, 308])

/**
 * A response that sends the client to another place (RFC 9110 section 15.4), without content.
 *
 * Characters that must not stand in a URL, such as spaces and those outside ASCII, are percent-encoded; `%` stays, so what is encoded
 * already is not encoded twice. Where it leads is not checked: do not redirect to what a client sent without a list of your own.
 *
 * @param location A URL, or a path with query and fragment.
 * @param status 303 by default: the client gets `location` by GET. 307 and 308 keep the method and the content; 301 and 308 are
 * kept by caches.
 * @throws {TypeError} At the call, if `location` has a control character, or is neither a text nor a `URL`.
 * @throws {RangeError} At the call, if `status` is another one.
 *
 * @example
 * import { redirect } from '@sluice/stack'
 *
 * const response = redirect('/tea/café')
 * if (response.headers.get('location') !== '/tea/caf%C3%A9') throw new Error('not encoded')
 */
export const redirect = (location: string | URL, status: RedirectStatus = 303): HttpResponse => {
  if (!statuses.has(status))
    throw new RangeError(
      `Cannot redirect: found the status ${status}, wanted 301, 302, 303, 307 or 308`,
    )
  return empty({ status, headers: { location: encodeLocation(textOf(location)) } })
}

const textOf = (location: unknown): string => {
  if (typeof location === 'string') return location
  if (typeof location === 'object' && location !== null && 'href' in location)
    return String(location.href)
  throw new TypeError(`Cannot redirect: found ${foundIn(location)}, wanted a location`)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are refused
const control = /[\x00-\x1f\x7f]/

/** What RFC 3986 lets stand nowhere in a URL. A browser reads a backslash as a slash, and `/\` as the beginning of a host. */
const neverInUrl = /[^\x21-\x7e]|["<>\\^`{|}]/gu

/** Half of a surrogate pair, which has no UTF-8. */
const half = /[\ud800-\udfff]/gu

const encodeLocation = (location: string): string => {
  if (control.test(location))
    throw new TypeError('Cannot redirect: found a control character in the location, wanted none')
  return location.replace(half, '\ufffd').replace(neverInUrl, encodeURIComponent)
}
