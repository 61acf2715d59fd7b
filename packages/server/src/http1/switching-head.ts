import { flatFields, listMembers } from '@sluice/body/engine'
import { isConnectionField } from './connection-fields.ts'
import { responseInvalid } from './response-framing.ts'
import { lineStart } from './response-head-cache.ts'
import { statusLine } from './status-line.ts'
import type { HttpResponse } from '@sluice/stack'
import type { RequestHead } from './request-head.ts'

/**
 * Writes the head of a response after which the connection speaks another protocol (RFC 9110 7.8 and 9.3.6).
 *
 * @throws {HttpError} `RESPONSE_INVALID` (500): 101 to a request without Upgrade, or another status to one that is not CONNECT.
 */
export const switchingHead = (
  request: Pick<RequestHead, 'method' | 'upgrade'>,
  { status, headers }: HttpResponse,
): string => {
  const { method, upgrade } = request
  const tunnels = method === 'CONNECT' && status >= 200 && status < 300
  if (!tunnels && !(status === 101 && upgrade !== undefined))
    throw responseInvalid(`a connection to be taken over with status ${status} after ${method}`)
  let text = statusLine(status)
  const flat = flatFields(headers)
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? ''
    const value = flat[i + 1] ?? ''
    if (name === 'upgrade' && status === 101) checkOffered(value, upgrade ?? '')
    // RFC 9110 8.6 and RFC 9112 6.1: neither 1xx nor 2xx to CONNECT has a length or a coding.
    if (name === 'upgrade' || !(isConnectionField(name) || name === 'content-length'))
      text += lineStart(name) + value
  }
  return `${text}${status === 101 ? '\r\nconnection: upgrade' : ''}\r\n\r\n`
}

/** RFC 9110 7.8: a server must not switch to a protocol that the client did not offer. */
const checkOffered = (chosen: string, offered: string): void => {
  const offers = listMembers(offered)
  for (const protocol of listMembers(chosen)) {
    if (!offers.includes(protocol))
      throw responseInvalid(`a switch to ${protocol}, which the client did not offer`)
  }
}
