import type { HttpRequest } from '@sluice/stack'

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * The `Last-Event-ID` of a request: the ID of the last message that the client got before it reconnected; `undefined` if there is
 * none.
 *
 * Clients send it as UTF-8, but field values are read as Latin-1, so it is decoded here.
 *
 * WHATWG HTML 9.2.4.
 *
 * @example
 * ```ts
 * import { events, lastEventId } from '@sluice/sse'
 * import type { Handler } from '@sluice/stack'
 *
 * export const app: Handler = (request) => {
 *   const from = Number(lastEventId(request)) || 0
 *   return events([{ id: String(from + 1), data: 'the next one' }])
 * }
 * ```
 */
export const lastEventId = ({ headers }: Pick<HttpRequest, 'headers'>): string | undefined => {
  const value = headers.get('last-event-id')
  if (value === undefined || value === '') return undefined
  const bytes = new Uint8Array(value.length)
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    // Decoded already, by the code that made the request.
    if (code > 0xff) return value
    bytes[i] = code
  }
  try {
    return decoder.decode(bytes)
  } catch {
    return value
  }
}
