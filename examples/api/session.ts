import { randomUUID } from 'node:crypto'
import { mapResponse } from '@sluice/stack'
import { parseCookie, stringifySetCookie } from 'cookie'
import { z } from 'zod'
import type { HttpRequest, PassingMiddleware } from '@sluice/stack'

export interface WithSession {
  /** A secret of the client, which tells it from others. */
  readonly session: string
}

const Session = z.uuid()

/** Gives each client of the path a session, in a cookie that its scripts cannot read and that forms of other sites do not send. */
export const session =
  ({ path }: { readonly path: string }): PassingMiddleware<HttpRequest, WithSession> =>
  (next) =>
  (request) => {
    const found = Session.safeParse(parseCookie(request.headers.get('cookie') ?? '').session)
    if (found.success) return next({ ...request, session: found.data })
    const value = randomUUID()
    const cookie = stringifySetCookie({
      name: 'session',
      value,
      path,
      httpOnly: true,
      sameSite: 'lax',
      // Behind a proxy that ends TLS: true.
      secure: request.client.tls !== undefined,
    })
    return mapResponse(next({ ...request, session: value }), (response) => ({
      ...response,
      headers: response.headers.withAdded('set-cookie', cookie).with('cache-control', 'no-store'),
    }))
  }
