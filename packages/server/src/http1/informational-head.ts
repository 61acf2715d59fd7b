import { informationalFields } from '@sluice/stack/host'
import { lineStart } from './response-head-cache.ts'
import { statusLine } from './status-line.ts'

/**
 * Writes the head of an informational response, such as a 103 (RFC 9110 15.2), in latin1, without the fields that it must not have.
 *
 * @param flat Names and values in turn.
 */
export const informationalHead = (status: number, flat: readonly string[]): string => {
  const sent = informationalFields(flat)
  let text = statusLine(status)
  for (let i = 0; i < sent.length; i += 2) text += lineStart(sent[i] ?? '') + (sent[i + 1] ?? '')
  return `${text}\r\n\r\n`
}
