// A chat: one log behind it, in whichever process a reader or writer is.
import { fork } from 'node:child_process'
import { readText } from '@sluice/body'
import { compress } from '@sluice/compress'
import { proxyHints } from '@sluice/flush'
import { openHub } from '@sluice/hub'
import { closeOnSignal, serve } from '@sluice/server'
import { events, lastEventId } from '@sluice/sse'
import { html, requestUrl, stack, text } from '@sluice/stack'
import { page } from './page.ts'
import { openStore } from './store.ts'
import type { Engine, Hub, Topic } from '@sluice/hub'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'

export const about = {
  path: '/chat',
  line: 'a chat of several processes: what was said while a reader was cut off arrives later',
  curl: (url: string): readonly string[] => [
    `curl -N ${url}`,
    `curl -d 'hello' '${url}?room=lobby&from=Ann'  # elsewhere`,
  ],
}

export interface Message {
  readonly from: string
  readonly words: string
}

export const chat = (hub: Hub): Handler => {
  // A room is a topic of its own, whatever its name: names are checked, and reach nothing else.
  const room = (request: HttpRequest): Topic<Message> =>
    hub.topic<Message>(`chat ${requestUrl(request).searchParams.get('room') ?? 'lobby'}`, {
      keep: { entries: 200, ms: 24 * 3_600_000 },
    })

  const say = async (request: HttpRequest): Promise<HttpResponse> => {
    const from = requestUrl(request).searchParams.get('from') ?? 'somebody'
    const words = await readText(request.body, { maxBytes: 2000 })
    const id = await room(request).append({ from, words })
    return text(`${id}\n`)
  }

  return stack(
    proxyHints(),
    compress(),
  )((request) => {
    if (request.method === 'POST') return say(request)
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return text('', { status: 405, headers: { allow: 'GET, HEAD, POST' } })
    if (request.headers.get('accept')?.includes('text/html')) return html(page(about.path))
    return events(room(request).read({ after: lastEventId(request) }), {
      client: request.client,
      retryMs: 500,
    })
  })
}

/** In memory: alone in one process. */
export const app: Handler = chat(openHub())

/** Serves with a hub of its own, as each process does. */
const start = async (engine: Engine, port: number) => {
  const hub = openHub({ engine })
  const server = await serve(chat(hub), { port })
  closeOnSignal(server, { graceMs: 1000 })
  for (const line of about.curl(server.url + about.path)) console.log(line)
  return { server, over: server.closed.then(() => hub.close()) }
}

/** With a database, the second port is a process of its own. It ends with this one. */
const startProcess = (port: number) => {
  const second = fork(import.meta.filename, {
    env: { ...process.env, PORT: String(port), IS_SECOND: 'yes' },
  })
  return () => {
    if (second.connected) second.disconnect()
  }
}

if (process.argv[1] === import.meta.filename) {
  const { engine, isShared, close } = await openStore()
  const port = Number(process.env.PORT ?? 8080)
  const nextPort = port === 0 ? 0 : port + 1
  const { server, over } = await start(engine, port)
  if (process.env.IS_SECOND !== undefined)
    process.once('disconnect', () => server.close({ graceMs: 1000 }))
  else if (isShared) over.then(startProcess(nextPort))
  else await start(engine, nextPort)
  over.then(close)
}
