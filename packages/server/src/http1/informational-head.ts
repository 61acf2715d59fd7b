import { isConnectionField } from '@sluice/stack/host'
import { lineStart } from './response-head-cache.ts'
import { statusLine } from './status-line.ts'

/**
 * Writes the head of an informational response, such as a 103 (RFC 9110 15.2), in latin1.
 *
 * It has no content and does not affect the connection: `content-length` (RFC 9110 8.6), `transfer-encoding` (RFC 9112 6.1),
 * `trailer` and the other fields of the connection are left out.
 *
 * @param flat Names and values in turn.
 */
export const informationalHead = (status: number, flat: readonly string[]): string => {
  let text = statusLine(status)
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] ?? ''
    if (isConnectionField(name) || name === 'content-length' || name === 'trailer') continue
    text += lineStart(name) + (flat[i + 1] ?? '')
  }
  return `${text}\r\n\r\n`
}
