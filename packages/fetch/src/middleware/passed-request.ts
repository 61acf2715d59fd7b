import { closeBodyQuietly } from '@sluice/body/engine'
import { checkMethod, fetchMethod } from '../from-fetch/method.ts'
import { toReadableStream } from '../to-fetch/to-readable-stream.ts'
import type { HttpRequest } from '@sluice/stack'

/** What srvx, and h3 on it, add to a request. */
const addedNames = ['runtime', 'ip', 'context', 'waitUntil'] as const

/** The request that the rest of an application gets: the one that came, unless the middleware has changed something of it. */
export const passedRequest = (
  original: Request,
  before: HttpRequest,
  after: HttpRequest,
): Request => {
  const isSame =
    after.headers === before.headers &&
    after.body === before.body &&
    after.method === before.method &&
    after.target === before.target
  if (isSame) return original
  const headers: [string, string][] = []
  for (const [name, value] of after.headers) headers.push([name, value])
  const init = {
    method: after.method,
    headers,
    signal: original.signal,
    ...contentOf(original, before, after),
    ...('cf' in original ? { cf: original.cf } : {}),
  }
  const made = new Request(urlOf(original.url, before.target, after.target), init)
  checkMethod(made, fetchMethod(after.method))
  for (const name of addedNames) {
    const value: unknown = Reflect.get(original, name)
    if (value !== undefined)
      Object.defineProperty(made, name, { value, configurable: true, writable: true })
  }
  return made
}

/** `duplex`: fetch wants to be told that a body is a stream. A request of GET or HEAD has no body in fetch. */
const contentOf = (original: Request, before: HttpRequest, { method, body }: HttpRequest) => {
  const hasContent = method !== 'GET' && method !== 'HEAD' && body.byteLength !== 0
  if (!hasContent) {
    if (body !== before.body) closeBodyQuietly(body)
    return {}
  }
  const stream = body === before.body ? original.body : toReadableStream(body)
  return { body: stream, duplex: 'half' } as const
}

/** The target is a path with its query, or a whole URL, or `*`. */
const urlOf = (url: string, before: string, target: string): string => {
  if (target === before) return url
  const origin = url.slice(0, url.indexOf('/', url.indexOf('://') + 3))
  if (target.startsWith('/')) return origin + target
  return target === '*' ? origin : target
}
