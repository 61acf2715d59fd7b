import { uncheckedFields } from '@sluice/body'
import { HttpError } from '@sluice/stack'
import { framingOf } from './framing.ts'
import { isHost } from './host.ts'
import { checkTarget } from './target.ts'
import type { Fields } from '@sluice/body'
import type { Framing } from './framing.ts'
import type { RequestLine } from './request-line.ts'

/** A request without its content, with what its fields say to the connection. */
export interface RequestHead extends RequestLine {
  readonly headers: Fields
  readonly framing: Framing
  /** Whether the connection may be used for another request. */
  readonly keepAlive: boolean
  /** Whether the client waits for `100 (Continue)` before it sends content. */
  readonly expectsContinue: boolean
  /** The value of Upgrade where Connection names it. */
  readonly upgrade: string | undefined
}

/**
 * Makes a head of a request line and its field lines: host, framing, connection, expectation.
 *
 * @param flat Names in lower case and values, in turn; kept.
 * @throws {HttpError} `HOST_INVALID`, `REQUEST_LINE_INVALID`, `FRAMING_INVALID` (400), `CODING_UNKNOWN` (501),
 * `EXPECTATION_FAILED` (417).
 */
export const requestHead = (line: RequestLine, flat: string[]): RequestHead => {
  const { method, target, version } = line
  const host = checkTarget(method, target)
  const codings: string[] = []
  const lengths: string[] = []
  let hosts = 0
  let connection = ''
  let upgrade: string | undefined
  let expectation: string | undefined
  for (let i = 0; i < flat.length; i += 2) {
    const value = flat[i + 1] ?? ''
    switch (flat[i]) {
      case 'host':
        if (++hosts > 1 || !isHost(value))
          throw hostInvalid(hosts > 1 ? 'more than one' : 'an invalid one')
        // RFC 9112 3.2.2: the authority of an absolute-form takes the place of Host.
        if (host !== undefined && method !== 'CONNECT') flat[i + 1] = host
        break
      case 'content-length':
        lengths.push(value)
        break
      case 'transfer-encoding':
        codings.push(value)
        break
      case 'connection':
        connection =
          connection === '' ? value.toLowerCase() : `${connection},${value.toLowerCase()}`
        break
      case 'upgrade':
        upgrade = upgrade === undefined ? value : `${upgrade}, ${value}`
        break
      case 'expect':
        expectation = expectation === undefined ? value : `${expectation}, ${value}`
        break
    }
  }
  if (hosts === 0 && version === '1.1') throw hostInvalid('none')
  const framing = framingOf({ version, codings, lengths })
  return {
    method,
    target,
    version,
    headers: uncheckedFields(flat),
    framing,
    keepAlive: staysOpen(version, connection),
    expectsContinue: expectsContinue(version, framing, expectation),
    upgrade: upgrade !== undefined && hasToken(connection, 'upgrade') ? upgrade : undefined,
  }
}

/** RFC 9112 9.3. */
const staysOpen = (version: '1.0' | '1.1', connection: string) => {
  if (connection === '') return version === '1.1'
  if (hasToken(connection, 'close')) return false
  return version === '1.1' || hasToken(connection, 'keep-alive')
}

/** Whether a comma list in lower case has a member. */
const hasToken = (list: string, token: string) =>
  list === token ||
  list.split(',').some((member) => member.replace(/^[ \t]+|[ \t]+$/g, '') === token)

/** RFC 9110 10.1.1: to be ignored in HTTP/1.0, and where there is no content to wait for. */
const expectsContinue = (
  version: '1.0' | '1.1',
  framing: Framing,
  expectation: string | undefined,
) => {
  if (expectation === undefined || version === '1.0') return false
  if (expectation.toLowerCase() === '100-continue') {
    return framing.kind !== 'none' && !(framing.kind === 'length' && framing.bytes === 0)
  }
  throw new HttpError('EXPECTATION_FAILED', 'Cannot meet the expectation: wanted 100-continue')
}

const hostInvalid = (found: string) =>
  new HttpError(
    'HOST_INVALID',
    `Cannot serve the request: found ${found} of Host, wanted exactly one that is valid`,
  )
