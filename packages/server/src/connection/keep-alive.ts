import type { HttpResponse } from '@sluice/stack'
import type { RequestHead } from '../http1/request-head.ts'
import type { ExchangeConnection } from './exchange-connection.ts'
import type { RequestContent } from './request-content.ts'

/** Whether the connection may serve another request after this response. It is decided before the head is written. */
export const willKeepAlive = (
  { parser, context, mayKeepAlive }: ExchangeConnection,
  content: RequestContent | undefined,
  request: Pick<RequestHead, 'method' | 'upgrade' | 'keepAlive'>,
  response: HttpResponse,
): boolean => {
  if (!mayKeepAlive || !request.keepAlive || parser.state === 'refused') return false
  if (refusesSwitch(request, response)) return false
  return content === undefined || willBeRead(content, parser.contentBytesLeft, context.limits)
}

/**
 * RFC 9931: the client may already have sent bytes of the other protocol, expecting it to be accepted. They must not be read
 * as a request.
 */
const refusesSwitch = (
  { method, upgrade }: Pick<RequestHead, 'method' | 'upgrade'>,
  { status }: HttpResponse,
): boolean => status >= 300 && (upgrade !== undefined || method === 'CONNECT')

/** Content that will not be read to its end makes the connection useless for another request. */
const willBeRead = (
  content: RequestContent,
  bytesLeft: number,
  { maxUnreadBytes }: { readonly maxUnreadBytes: number },
): boolean => {
  if (content.awaitsContinue || content.failed) return false
  return content.started || bytesLeft <= maxUnreadBytes || bytesLeft === Number.POSITIVE_INFINITY
}
