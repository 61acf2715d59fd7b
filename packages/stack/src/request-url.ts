import { match } from 'ts-pattern'
import { HttpError } from './http-error.ts'
import type { HttpRequest } from './http.ts'

/** The forms of a request-target (RFC 9112 section 3.2), and what is none of them. */
type TargetForm = 'origin' | 'absolute' | 'authority' | 'asterisk' | 'invalid'

/**
 * The URL of a request (RFC 9112 section 3.3).
 *
 * The host comes from the Host field, or from a target that is a whole URL, as clients send it to proxies, or from that of a CONNECT.
 * It never comes from a path: `//evil.example/x` is a path. Without a Host, as in HTTP/1.0, it is `localhost`. The scheme is
 * `https` if `client.tls` is there. As in every `URL`, `/a/../b` is `/b`; the URL of `*` and of a CONNECT has the path `/`.
 *
 * A host can be any that the client names: do not trust it without a list of your own.
 *
 * @throws {HttpError} `TARGET_INVALID` (400) if the target cannot be a URL of http or https, `HOST_INVALID` (400) if the Host cannot
 * be that of one.
 *
 * @example
 * import { request, requestUrl } from '@sluice/stack'
 *
 * const { host, pathname, searchParams } = requestUrl(request('//tea?sugar=2', { headers: { host: 'a.example' } }))
 * if (host !== 'a.example' || pathname !== '//tea' || searchParams.get('sugar') !== '2') throw new Error('misread')
 */
export const requestUrl = (
  request: Pick<HttpRequest, 'method' | 'target' | 'headers' | 'client'>,
): URL => {
  const { target } = request
  return match(formOf(request))
    .with('origin', () => urlOf(originOf(request) + encodeBytes(target)))
    .with('absolute', () => urlOf(encodeBytes(target)))
    .with('authority', () => urlOf(`${schemeOf(request)}://${target}`))
    .with('asterisk', () => urlOf(originOf(request)))
    .with('invalid', () => {
      throw targetInvalid()
    })
    .exhaustive()
}

/** Blanks, control characters, and the beginning of a fragment: `URL` would drop them, or make something else of them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are refused
const neverInTarget = /[\x00-\x20\x7f#]/

/** A scheme and an authority without user information (RFC 9110 4.2.4). `URL` reads a backslash as a slash. */
const absolute = /^https?:\/\/[^/?\\@]+(?:[/?]|$)/i

const formOf = ({ method, target }: Pick<HttpRequest, 'method' | 'target'>): TargetForm => {
  if (neverInTarget.test(target)) return 'invalid'
  if (method === 'CONNECT') return isAuthority(target) ? 'authority' : 'invalid'
  if (target.startsWith('/')) return 'origin'
  if (target === '*') return 'asterisk'
  return absolute.test(target) ? 'absolute' : 'invalid'
}

/** A host and perhaps a port, and nothing that could end a host: the URL's parser checks the rest. */
const authority = /^(?:[\w.~!$&'()*+,;=%-]+|\[[\da-f:.]+\])(?::\d*)?$/i

const isAuthority = (text: string): boolean => authority.test(text)

const schemeOf = ({ client }: Pick<HttpRequest, 'client'>): 'http' | 'https' =>
  client.tls === undefined ? 'http' : 'https'

const originOf = (request: Pick<HttpRequest, 'headers' | 'client'>): string => {
  const host = request.headers.get('host') ?? ''
  const origin = `${schemeOf(request)}://${host === '' ? 'localhost' : host}`
  if (host === '' || (isAuthority(host) && URL.canParse(origin))) return origin
  throw new HttpError('HOST_INVALID', 'Cannot make a URL of the request: found an invalid Host')
}

/** A target has one character for each byte. Bytes that are not ASCII are encoded as they are, as browsers encode UTF-8. */
const encodeBytes = (target: string): string =>
  target.replace(
    /[\x80-\xff]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )

const urlOf = (text: string): URL => {
  try {
    return new URL(text)
  } catch (cause) {
    throw targetInvalid(cause)
  }
}

const targetInvalid = (cause?: unknown) =>
  new HttpError(
    'TARGET_INVALID',
    'Cannot make a URL of the request: found a target that is none, wanted a path or a URL of http or https',
    cause === undefined ? {} : { cause },
  )
