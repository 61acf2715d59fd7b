import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { mapResponse } from '@sluice/stack'
import { parseCookie, stringifySetCookie } from 'cookie'
import type { HttpRequest, PassingMiddleware } from '@sluice/stack'

export interface WithSession {
  /** A secret of the client, which tells it from others. */
  readonly session: string
}

export interface SessionOptions {
  /** The path of the API: the cookie is sent nowhere else. */
  readonly path: string
  readonly secret: string | Uint8Array
}

/**
 * Gives each client a session, in a cookie that its scripts cannot read and that forms of other sites do not send. The cookie is
 * signed: a session that a client invents is none.
 */
export const session =
  ({ path, secret }: SessionOptions): PassingMiddleware<HttpRequest, WithSession> =>
  (next) =>
  (request) => {
    // Behind a proxy that ends TLS: true.
    const secure = request.client.tls !== undefined
    // Browsers take a cookie of this prefix only from this host, not from another of its domain. It needs `secure` and this path.
    const cookieName = secure ? '__Host-session' : 'session'
    const found = idOf(parseCookie(request.headers.get('cookie') ?? '')[cookieName] ?? '', secret)
    if (found !== undefined) return next({ ...request, session: found })
    const id = randomUUID()
    const value = signed(id, secret)
    const cookie = stringifySetCookie({
      name: cookieName,
      value,
      path: secure ? '/' : path,
      httpOnly: true,
      sameSite: 'lax',
      secure,
    })
    return mapResponse(next({ ...request, session: id }), (response) => ({
      ...response,
      headers: response.headers.withAdded('set-cookie', cookie).with('cache-control', 'no-store'),
    }))
  }

const signed = (id: string, secret: string | Uint8Array): string =>
  `${id}.${createHmac('sha256', secret).update(id).digest('base64url')}`

/** The session in a cookie, if it was signed here. */
const idOf = (cookie: string, secret: string | Uint8Array): string | undefined => {
  const [id = ''] = cookie.split('.')
  const [found, wanted] = [Buffer.from(cookie), Buffer.from(signed(id, secret))]
  return found.length === wanted.length && timingSafeEqual(found, wanted) ? id : undefined
}
