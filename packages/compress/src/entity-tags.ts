import type { Fields } from '@sluice/body'
import type { HttpRequest, HttpResponse } from '@sluice/stack'

/** RFC 9110 8.8.3. */
const entityTag = /(?:W\/)?"[^"]*"/g

const isStrong = (tag: string | undefined): tag is string =>
  tag !== undefined && !tag.startsWith('W/')

/** With the tag of the coded content: weak, since another coder would make other bytes. */
export const withWeakTag = (response: HttpResponse): HttpResponse => {
  const tag = response.headers.get('etag')
  return isStrong(tag)
    ? { ...response, headers: response.headers.with('etag', `W/${tag}`) }
    : response
}

/** Whether the client has the content uncoded: it sends only the strong tag, which coded content never has. */
export const hasPlain = ({ headers }: HttpRequest, response: HttpResponse): boolean => {
  const tag = response.headers.get('etag')
  const known: readonly string[] = headers.get('if-none-match')?.match(entityTag) ?? []
  return isStrong(tag) && known.includes(tag) && !known.includes(`W/${tag}`)
}

/** RFC 9110 8.8: the response has the tag of what was stored, which the client needs for If-Match. */
const stateChanging: ReadonlySet<string> = new Set(['PUT', 'PATCH', 'POST', 'DELETE'])

/** Keeps a tag that is not that of the content. With a Content-Location it is (RFC 9110 8.7). */
export const withTagOfChange = (
  coded: Fields,
  { method }: HttpRequest,
  { headers }: HttpResponse,
): Fields => {
  const tag = headers.get('etag')
  return isStrong(tag) && stateChanging.has(method) && !headers.has('content-location')
    ? coded.with('etag', tag)
    : coded
}
