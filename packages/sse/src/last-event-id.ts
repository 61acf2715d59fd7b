import type { HttpRequest } from '@sluice/stack'

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * The `Last-Event-ID` of a request: of the last message that the client had before it came again; `undefined` where there is none.
 *
 * Clients send it as UTF-8, which field values are not read as: it is decoded here.
 *
 * WHATWG HTML 9.2.4.
 *
 * @example
 * ```ts
 * import { events, lastEventId } from '@sluice/sse'
 * import type { Handler } from '@sluice/stack'
 *
 * export const app: Handler = (request) => {
 *   const from = Number(lastEventId(request) ?? 0)
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
    // Whoever gave it to us has decoded it already.
    if (code > 0xff) return value
    bytes[i] = code
  }
  try {
    return decoder.decode(bytes)
  } catch {
    return value
  }
}
