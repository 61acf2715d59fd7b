import { isUtf8 } from 'node:buffer'
import { listMembers } from '@sluice/body/engine'
import { HttpError, requestUrl } from '@sluice/stack'
import { isConnectionField } from '@sluice/stack/host'
import type { Fields } from '@sluice/body'
import type { HttpRequest } from '@sluice/stack'
import type { CgiSettings } from './cgi-options.ts'

export type Variables = Readonly<Record<string, string>>

/**
 * The environment of the program for one request, without `CONTENT_LENGTH`: the meta-variables of RFC 3875 4.1, `REQUEST_URI`,
 * `REMOTE_PORT` and `HTTPS` as other servers set them, and what the options name.
 *
 * @throws {BodyError} `TARGET_INVALID`, `HOST_INVALID` (400); `NOT_FOUND` (404) if the path does not begin with `scriptName`.
 */
export const metaVariables = (
  request: HttpRequest,
  { env, scriptName, passAuthorization }: CgiSettings,
): Variables => {
  const { method, target, headers, client } = request
  const { hostname, port } = requestUrl(request)
  const { path, query } = pathAndQuery(target)
  const type = headers.get('content-type')
  return {
    ...fieldVariables(headers, passAuthorization),
    ...(type === undefined ? {} : { CONTENT_TYPE: sameBytes(type) }),
    ...(client.tls === undefined ? {} : { HTTPS: 'on' }),
    GATEWAY_INTERFACE: 'CGI/1.1',
    PATH_INFO: pathInfo(path, scriptName),
    QUERY_STRING: sameBytes(query),
    REMOTE_ADDR: client.address,
    REMOTE_PORT: String(client.port),
    REQUEST_METHOD: method,
    REQUEST_URI: sameBytes(target),
    SCRIPT_NAME: scriptName,
    SERVER_NAME: plainHost.test(hostname) ? hostname : 'localhost',
    SERVER_PORT: Number(port) === 0 ? (client.tls === undefined ? '80' : '443') : port,
    SERVER_PROTOCOL: `HTTP/${request.version.includes('.') ? request.version : `${request.version}.0`}`,
    SERVER_SOFTWARE: 'sluice',
    ...env,
  }
}

/**
 * RFC 3875 4.1.14: a host name, or an IP address. The client names it, and a URL may have others: `$(id)` means something to a shell.
 */
const plainHost = /^(?:[\w.-]+|\[[\da-f:.]+\])$/

/** The path and the query of a target that `requestUrl` accepts; those of a whole URL, too. */
const pathAndQuery = (target: string): { readonly path: string; readonly query: string } => {
  const origin = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?]*|^\*$/i, '')
  const at = origin.indexOf('?')
  return at < 0
    ? { path: origin, query: '' }
    : { path: origin.slice(0, at), query: origin.slice(at + 1) }
}

/** RFC 3875 4.1.5: the path that follows that of the program, decoded. */
const pathInfo = (path: string, scriptName: string): string => {
  const rest = path.slice(scriptName.length)
  if (!path.startsWith(scriptName) || !/^(?:\/|$)/.test(rest))
    throw new HttpError('NOT_FOUND', 'Cannot find the page: found no program of this path')
  const decoded = decodedPath(rest)
  if (decoded.includes('\0') || /(?:^|\/)\.\.?(?:\/|$)/.test(decoded))
    throw targetInvalid('a NUL or a dot segment in the path')
  return decoded
}

/** Node passes a variable as UTF-8, so other bytes could not arrive as they are. */
const decodedPath = (path: string): string => {
  try {
    return decodeURIComponent(sameBytes(path))
  } catch (cause) {
    throw targetInvalid('a path that is not UTF-8, or a % without two hexadecimal digits', cause)
  }
}

const targetInvalid = (found: string, cause?: unknown) =>
  new HttpError(
    'TARGET_INVALID',
    `Cannot pass the path to the program: found ${found}`,
    cause === undefined ? {} : { cause },
  )

/**
 * Names of fields that become variables. One with an underscore would take the variable of one with a hyphen, and other characters
 * mean something to a shell.
 */
const plainName = /^[a-z\d-]+$/

/** `proxy` would become `HTTP_PROXY`, which many HTTP clients obey (httpoxy, CVE-2016-5385). The server answers `expect` itself. */
const withheldNames: ReadonlySet<string> = new Set([
  'content-length',
  'content-type',
  'expect',
  'proxy',
  'proxy-authorization',
  'trailer',
])

/** RFC 3875 4.1.18. Fields of the connection are left out, and those that `connection` names (RFC 9110 7.6.1). */
const fieldVariables = (headers: Fields, passAuthorization: boolean): Variables => {
  const variables: Record<string, string> = {}
  const ofConnection = listMembers(headers.get('connection') ?? '')
  for (const [name] of headers) {
    if (!plainName.test(name) || withheldNames.has(name) || isConnectionField(name)) continue
    if (ofConnection.includes(name) || (name === 'authorization' && !passAuthorization)) continue
    const variable = `HTTP_${name.toUpperCase().replaceAll('-', '_')}`
    variables[variable] ??= sameBytes(headers.get(name) ?? '')
  }
  return variables
}

/** A text with one character for each byte becomes one whose UTF-8 has these bytes; if there is none, it stays. */
const sameBytes = (text: string): string => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is the same in both
  if (/^[\x00-\x7f]*$/.test(text)) return text
  const bytes = Buffer.from(text, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : text
}
