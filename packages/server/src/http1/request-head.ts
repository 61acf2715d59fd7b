import { flatFields, listMembers, uncheckedFields } from '@sluice/body/engine'
import { HttpError } from '@sluice/stack'
import { hasMember } from './connection-fields.ts'
import { framingOf } from './framing.ts'
import { ownText } from './platform-bytes.ts'
import { checkTarget } from './target.ts'
import type { Fields } from '@sluice/body'
import type { ConnectionFields } from './connection-fields.ts'
import type { Framing } from './framing.ts'
import type { HostField } from './host-field.ts'
import type { RequestLine } from './request-line.ts'

/** A request without its content, and what its fields say about the connection. */
export interface RequestHead extends RequestLine {
  readonly headers: Fields
  readonly framing: Framing
  /** Whether the connection may be used for another request. */
  readonly keepAlive: boolean
  /** Whether the client waits for `100 (Continue)` before it sends content. */
  readonly expectsContinue: boolean
  /** The value of Upgrade, if Connection names it. */
  readonly upgrade: string | undefined
}

/**
 * Makes a head of a request line and its fields. Checks the target, the host, the framing and the expectation.
 *
 * @throws {HttpError} `HOST_INVALID`, `REQUEST_LINE_INVALID`, `FRAMING_INVALID` (400), `CODING_UNKNOWN` (501),
 * `EXPECTATION_FAILED` (417).
 */
export const requestHead = (
  { method, target, version }: RequestLine,
  said: ConnectionFields,
  headers: Fields,
  host: HostField,
): RequestHead => {
  const authority = checkTarget(method, target)
  said.joinLines()
  checkHost(version, said, host)
  const framing = framingOf({ version, codings: said.codings, lengths: said.lengths })
  // RFC 9112 3.2.2: the authority of an absolute-form replaces Host.
  const replacesHost = authority !== undefined && method !== 'CONNECT'
  return {
    method,
    target,
    version,
    headers: replacesHost ? uncheckedFields(withHost(flatFields(headers), authority)) : headers,
    framing,
    keepAlive: staysOpen(version, said.connection),
    expectsContinue: expectsContinue(version, framing, said.expectation),
    upgrade: upgradeOf(version, said),
  }
}

/** RFC 9112 3.2: exactly one in HTTP/1.1, at most one before, and valid. */
const checkHost = (version: '1.0' | '1.1', said: ConnectionFields, field: HostField) => {
  const { hosts, host } = said
  if (hosts === 1 && field.isValid(host)) return
  if (hosts === 0 && version === '1.0') return
  const found = hosts === 0 ? 'none' : hosts === 1 ? 'an invalid one' : 'more than one'
  throw new HttpError(
    'HOST_INVALID',
    `Cannot serve the request: found ${found} of Host, wanted exactly one that is valid`,
  )
}

const withHost = (flat: readonly string[], authority: string) =>
  flat.map((text, at) => (at % 2 === 1 && flat[at - 1] === 'host' ? authority : text))

/** RFC 9110 7.8: ignored in HTTP/1.0, and if Connection does not name it. */
const upgradeOf = (version: '1.0' | '1.1', { upgrade, connection }: ConnectionFields) =>
  upgrade !== undefined && version === '1.1' && hasMember(connection ?? '', 'upgrade')
    ? // It is kept as long as its request, and a substring would keep the whole head alive.
      ownText(upgrade)
    : undefined

/** RFC 9112 9.3. */
const staysOpen = (version: '1.0' | '1.1', connection: string | undefined) => {
  if (connection === undefined) return version === '1.1'
  if (connection === 'keep-alive') return true
  if (hasMember(connection, 'close')) return false
  return version === '1.1' || hasMember(connection, 'keep-alive')
}

/** RFC 9110 10.1.1: ignored in HTTP/1.0, and if there is no content to wait for. An empty list expects nothing. */
const expectsContinue = (
  version: '1.0' | '1.1',
  framing: Framing,
  expectation: string | undefined,
) => {
  if (expectation === undefined || version === '1.0') return false
  const members = listMembers(expectation)
  if (!members.every((member) => member === '100-continue'))
    throw new HttpError('EXPECTATION_FAILED', 'Cannot meet the expectation: wanted 100-continue')
  if (members.length === 0) return false
  return framing.kind !== 'none' && !(framing.kind === 'length' && framing.bytes === 0)
}
