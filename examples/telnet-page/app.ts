// A session with a line server in a page: what it says streams into the page, what is typed is posted and goes to the session.
import { randomUUID } from 'node:crypto'
import { readText } from '@sluice/body'
import { proxyHints } from '@sluice/flush'
import { until } from '@sluice/pause'
import { closeOnSignal, serve } from '@sluice/server'
import { HttpError, requestUrl, stack, stream, text } from '@sluice/stack'
import { connectHere } from './line-server.ts'
import { asPage, asText } from './page.ts'
import { connectTo, linesOf, printable, sayLine, sayLines } from './session.ts'
import type { Socket } from 'node:net'
import type { Client, Handler, HttpRequest, HttpResponse } from '@sluice/stack'
import type { View } from './page.ts'
import type { Connect } from './session.ts'

export { connectTo }

export const about = {
  path: '/telnet-page',
  line: 'a session with a line server in a page, both ways: it ends with the page, and the page with it',
  curl: (url: string): readonly string[] => [
    `curl -N ${url}`,
    `curl --data-urlencode 'line=open' ${url}/ID  # elsewhere, with the ID that the first one shows`,
    `curl -NT - ${url}  # or both ways at once: type open, level or quit`,
  ],
}

export interface PageOptions {
  /** Sessions at once: 100 by default. */
  readonly maxSessions?: number
}

export const telnetPage = (connect: Connect, { maxSessions = 100 }: PageOptions = {}): Handler => {
  /** By the ID of their pages; `undefined` while they are opened. */
  const sessions = new Map<string, Socket | undefined>()

  /** Opens a session that ends with the request: `client.signal` aborts then, however it ends. */
  const openSession = async (id: string, { signal, draining }: Client): Promise<Socket> => {
    if (sessions.size >= maxSessions)
      throw new HttpError('UNAVAILABLE', `Cannot open a session: ${maxSessions} are open`, {
        headers: { 'retry-after': '10' },
        expose: true,
      })
    try {
      sessions.set(id, undefined)
      const socket = await connect(signal)
      sessions.set(id, socket)
      socket.once('close', () => sessions.delete(id))
      until(draining, 'abort', { signal }).then(
        () => socket.end(),
        () => {},
      )
      return socket
    } catch (cause) {
      sessions.delete(id)
      // The client has left.
      signal.throwIfAborted()
      throw new HttpError('BAD_GATEWAY', 'Cannot reach the line server', { cause, expose: true })
    }
  }

  async function* page(
    id: string,
    socket: Socket,
    view: View,
    { signal }: Client,
  ): AsyncGenerator<string> {
    yield view.begin(`${about.path}/${id}`)
    try {
      for await (const line of linesOf(socket)) yield view.line(printable(line))
      yield view.end('The session is over.')
    } catch (error) {
      // The client has left: the page is cut.
      signal.throwIfAborted()
      yield view.end(`The session broke off: ${codeOf(error)}.`)
    }
  }

  const open = async ({ method, headers, client, body }: HttpRequest): Promise<HttpResponse> => {
    const id = randomUUID()
    const socket = await openSession(id, client)
    // `curl -T -` sends lines in the content of its request, as they are typed.
    if (method === 'PUT') sayLines(socket, body)
    const view = headers.get('accept')?.includes('text/html') === true ? asPage : asText
    return stream(page(id, socket, view, client), {
      headers: {
        'content-type': `${view.type}; charset=utf-8`,
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        vary: 'accept',
      },
    })
  }

  const say = async ({ body }: HttpRequest, id: string): Promise<HttpResponse> => {
    const line = new URLSearchParams(await readText(body, { maxBytes: 2048 })).get('line') ?? ''
    const socket = sessions.get(id)
    if (socket?.writable !== true)
      throw new HttpError('NOT_FOUND', 'Cannot say it: found no open session of this ID')
    await sayLine(socket, line)
    return text('Said.\n')
  }

  return stack(proxyHints())((request) => {
    const id = requestUrl(request).pathname.slice(about.path.length + 1)
    switch (request.method) {
      case 'POST':
        return say(request, id)
      case 'GET':
      case 'HEAD':
      case 'PUT':
        if (id === '') return open(request)
        throw new HttpError('NOT_FOUND', 'Cannot find the page')
      default:
        return text('', {
          status: 405,
          headers: { allow: id === '' ? 'GET, HEAD, PUT' : 'POST' },
        })
    }
  })
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'it failed'

/** A line server on this machine, or the one that `TELNET=host:port` names. */
const connect: Connect = (signal) => {
  const { TELNET } = process.env
  if (TELNET === undefined) return connectHere(signal)
  const { hostname, port } = new URL(`telnet://${TELNET}`)
  return connectTo(hostname.replaceAll(/[[\]]/g, ''), Number(port || 23))(signal)
}

export const app: Handler = telnetPage(connect)

if (process.argv[1] === import.meta.filename) {
  const server = await serve(app, { port: Number(process.env.PORT ?? 8080) })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
}
