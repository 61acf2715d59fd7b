import type { Fields } from '@sluice/body'
import type { HttpRequest } from '@sluice/stack'

/** A request as the application sees it. Frameworks add the rest. */
interface HostRequest {
  method?: string | undefined
  url?: string | undefined
  /** The prefix at which Express has mounted the application: `url` is without it. */
  readonly baseUrl?: unknown
  readonly headers: Record<string, string | string[] | undefined>
  readonly headersDistinct?: Record<string, string[] | undefined>
  readonly rawHeaders: string[]
}

/** Shows the application what a middleware has changed of the head of its request, by the `req` that it has. */
export const passHead = (req: HostRequest, given: HttpRequest, passed: HttpRequest): void => {
  if (passed.method !== given.method) req.method = passed.method
  if (passed.target !== given.target) req.url = targetBelow(req.baseUrl, passed.target)
  if (passed.headers !== given.headers) setFields(req, given.headers, passed.headers)
  if (passed.body !== given.body) showContent(req, passed)
}

/** Without the prefix of a mount, as Express writes `url`: what is left begins with `/`. */
const targetBelow = (baseUrl: unknown, target: string): string => {
  if (typeof baseUrl !== 'string' || !target.startsWith(baseUrl)) return target
  const below = target.slice(baseUrl.length)
  if (below.startsWith('/')) return below
  return below === '' || below.startsWith('?') ? `/${below}` : target
}

const setFields = (req: HostRequest, before: Fields, after: Fields): void => {
  for (const [name] of before) if (!after.has(name)) dropField(req, name)
  for (const [name] of after) {
    const lines = after.getAll(name)
    if (isSame(before.getAll(name), lines)) continue
    const written = dropField(req, name)
    addField(req, written ?? name, lines, after.get(name) ?? '')
  }
}

/** @param written The name as it stands in `rawHeaders`. */
const addField = (
  { headers, headersDistinct, rawHeaders }: HostRequest,
  written: string,
  lines: readonly string[],
  joined: string,
): void => {
  const name = written.toLowerCase()
  headers[name] = name === 'set-cookie' ? [...lines] : joined
  if (headersDistinct !== undefined) headersDistinct[name] = [...lines]
  for (const line of lines) rawHeaders.push(written, line)
}

/**
 * Node makes these records of `rawHeaders` when they are first read, so that comes first.
 *
 * @returns The name as it stood in `rawHeaders`.
 */
const dropField = (
  { headers, headersDistinct, rawHeaders }: HostRequest,
  name: string,
): string | undefined => {
  let written: string | undefined
  delete headers[name]
  if (headersDistinct !== undefined) delete headersDistinct[name]
  for (let i = rawHeaders.length - 2; i >= 0; i -= 2)
    if (rawHeaders[i]?.toLowerCase() === name) written = rawHeaders.splice(i, 2)[0]
  return written
}

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((line, i) => line === b[i])

/**
 * Parsers of frameworks take a request without these fields for one without content. The coded content had a length; that of the
 * filtered content is not known.
 */
const showContent = (req: HostRequest, { body: { byteLength } }: HttpRequest): void => {
  const { headers } = req
  if (byteLength === 0 || 'content-length' in headers || 'transfer-encoding' in headers) return
  if (byteLength === undefined) addField(req, 'Transfer-Encoding', ['chunked'], 'chunked')
  else addField(req, 'Content-Length', [String(byteLength)], String(byteLength))
}
