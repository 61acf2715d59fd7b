// A page and a WebSocket under one path, by the library `ws`: what anybody says reaches all who are there.
import { closeOnSignal, serve, takeOver } from '@sluice/server'
import { HttpError, html, requestUrl, text } from '@sluice/stack'
import { WebSocketServer } from 'ws'
import { page } from './page.ts'
import { Room } from './room.ts'
import { upgradeMessage } from './upgrade-message.ts'
import type { Handler, HttpRequest } from '@sluice/stack'
import type { RoomLimits } from './room.ts'

export const about = {
  path: '/web-socket',
  line: 'a WebSocket both ways: a room whose slow, silent and too talkative clients are closed',
  curl: (url: string): readonly string[] => [
    `curl -N ${url}`,
    // It listens: what it shows are the frames.
    `curl -N --http1.1 -H 'connection: upgrade' -H 'upgrade: websocket' -H 'sec-websocket-version: 13' -H 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==' ${url}`,
  ],
}

const defaultLimits: RoomLimits = { maxWaitingBytes: 65_536, maxMessages: 100, pingMs: 15_000 }

export const webSocket = (limits: RoomLimits = defaultLimits): Handler => {
  const room = new Room(limits)
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 4096,
    clientTracking: false,
    // `ws` cuts a client whose pings come faster than they are answered. The room counts them.
    autoPong: false,
  })
  return (request) => {
    const { method } = request
    if (![about.path, `${about.path}/`].includes(requestUrl(request).pathname))
      throw new HttpError('NOT_FOUND', 'Cannot find the page')
    if (method !== 'GET' && method !== 'HEAD')
      return text('', { status: 405, headers: { allow: 'GET, HEAD' } })
    if (!asksForWebSocket(request)) return html(page)
    checkOrigin(request)
    checkNoContent(request)
    const { draining } = request.client
    return takeOver(
      (connection, head) =>
        sockets.handleUpgrade(upgradeMessage(request), connection, head, (socket) => {
          room.enter(socket)
          const leave = () => socket.close(1001, 'the server is closing')
          draining.addEventListener('abort', leave)
          socket.on('close', () => draining.removeEventListener('abort', leave))
          if (draining.aborted) leave()
        }),
      { writesResponse: true },
    )
  }
}

/** RFC 9110 7.8: HTTP/1.0 has no Upgrade, and one that Connection does not name is not for us. */
const asksForWebSocket = ({ version, headers }: HttpRequest): boolean =>
  version === '1.1' &&
  headers.get('upgrade')?.toLowerCase() === 'websocket' &&
  /(^|,)\s*upgrade\s*(,|$)/i.test(headers.get('connection') ?? '')

/** It would have to be read before the connection is the WebSocket's. A handshake has none. */
const checkNoContent = ({ headers }: HttpRequest): void => {
  if (headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) > 0)
    throw new HttpError('BAD_REQUEST', 'Cannot open a WebSocket: found content')
}

/**
 * A page of another site may open a WebSocket here with the cookies of its reader, and no CORS stops it: the server has to. What is
 * no browser sends no Origin.
 */
const checkOrigin = ({ headers }: HttpRequest): void => {
  const origin = headers.get('origin')
  if (origin === undefined) return
  if (!URL.canParse(origin) || new URL(origin).host !== headers.get('host'))
    throw new HttpError('FORBIDDEN', `Cannot open a WebSocket: found a page of ${origin}`)
}

export const app: Handler = webSocket()

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
