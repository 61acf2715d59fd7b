import { HttpError } from '@sluice/stack'
import { pathTable, queryTable, skip } from './characters.ts'
import { isAuthority } from './host.ts'

/**
 * Checks a request-target (RFC 9112 section 3.2) and gives the authority that it names, if any.
 *
 * CONNECT takes the authority-form and nothing else does; `*` goes with OPTIONS alone; an absolute-form has the scheme http or
 * https and a host and no user information (RFC 9110 4.2.4). No fragment, no byte beyond ASCII.
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
    throw invalid('a path and query of the characters that may stand there')
  }
  if (target === '*') {
    if (method === 'OPTIONS') return undefined
    throw invalid('a path: * goes with OPTIONS')
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
  if (!isPathAndQuery(target, end))
    throw invalid('a path and query of the characters that may stand there')
  return authority
}

const isPathAndQuery = (target: string, start: number) => {
  const end = target.length
  const pathEnd = skip(pathTable, target, start, end)
  if (pathEnd === end) return true
  return target.charCodeAt(pathEnd) === 63 && skip(queryTable, target, pathEnd + 1, end) === end
}

const invalid = (wanted: string) =>
  new HttpError('REQUEST_LINE_INVALID', `Cannot read the request-target: wanted ${wanted}`)
