import { flatFields } from '@sluice/body/engine'
import { checkSwitch, isConnectionField } from '@sluice/stack/host'
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
  response: HttpResponse,
): string => {
  checkSwitch(request.method, request.upgrade, response)
  const { status, headers } = response
  let text = statusLine(status)
  const flat = flatFields(headers)
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? ''
    const value = flat[i + 1] ?? ''
    // RFC 9110 8.6 and RFC 9112 6.1: neither 1xx nor 2xx to CONNECT has a length or a coding.
    if (name === 'upgrade' || !(isConnectionField(name) || name === 'content-length'))
      text += lineStart(name) + value
  }
  return `${text}${status === 101 ? '\r\nconnection: upgrade' : ''}\r\n\r\n`
}
