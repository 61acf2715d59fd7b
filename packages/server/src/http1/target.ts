import { serverError } from '../errors.ts'
import { isAuthority } from './authority.ts'
import { pathTable, queryTable, skip, skipUtf8 } from './syntax.ts'

/**
 * Checks a request-target (RFC 9112 section 3.2) and gives the authority that it names, if any.
 *
 * Only CONNECT has the authority-form, and only OPTIONS may have `*`. An absolute-form has the scheme http or https, a host, and
 * no user information (RFC 9110 4.2.4). Fragments are refused.
 *
 * RFC 3986 allows only ASCII in a path and query, and some of it only encoded. Browsers, Go, Java and nginx send more unencoded.
 * What the URL standard does not encode is accepted, and so are bytes above 0x7F that are well-formed UTF-8.
 *
 * @throws {HttpError} `REQUEST_LINE_INVALID` (400).
 */
export const checkTarget = (method: string, target: string): string | undefined => {
  if (method === 'CONNECT') {
    if (isAuthority(target, true)) return target
    throw invalid('host:port for CONNECT')
  }
  if (target.charCodeAt(0) === 47) {
    if (isPathAndQuery(target, 0)) return undefined
    throw invalid('a path and query of valid characters')
  }
  if (target === '*') {
    if (method === 'OPTIONS') return undefined
    throw invalid('a path: * is only for OPTIONS')
  }
  return absoluteForm(target)
}

const absoluteForm = (target: string): string => {
  const [scheme] = /^https?:\/\//i.exec(target) ?? []
  if (scheme === undefined) throw invalid('a path, or a URI of http or https')
  let end = scheme.length
  while (end < target.length && target[end] !== '/' && target[end] !== '?') end++
  const authority = target.slice(scheme.length, end)
  if (authority === '' || !isAuthority(authority, false))
    throw invalid('a host and no user information')
  if (!isPathAndQuery(target, end)) throw invalid('a path and query of valid characters')
  return authority
}

const isPathAndQuery = (target: string, start: number) => {
  const end = target.length
  const pathEnd = skipWithUtf8(pathTable, target, start, end)
  if (pathEnd === end) return true
  return (
    target.charCodeAt(pathEnd) === 63 && skipWithUtf8(queryTable, target, pathEnd + 1, end) === end
  )
}

/** As `skip`, but also skips well-formed UTF-8. */
const skipWithUtf8 = (set: Uint8Array, text: string, start: number, end: number): number => {
  let at = skip(set, text, start, end)
  while (at < end && text.charCodeAt(at) > 127) {
    const next = skipUtf8(text, at)
    if (next === at || next > end) return at
    at = skip(set, text, next, end)
  }
  return at
}

const invalid = (wanted: string) =>
  serverError('REQUEST_LINE_INVALID', `Cannot read the request-target: wanted ${wanted}`)
