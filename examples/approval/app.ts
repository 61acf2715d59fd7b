// A request that waits for a person: it is paused in one process, and resumed by a request to any other.
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readText, toBody } from '@sluice/body'
import { proxyHints } from '@sluice/flush'
import { openHub } from '@sluice/hub'
import { heartbeat } from '@sluice/pause'
import { closeOnSignal, serve } from '@sluice/server'
import { events, lastEventId } from '@sluice/sse'
import { HttpError, html, requestUrl, stack, stream, text } from '@sluice/stack'
import { page } from './page.ts'
import { openStore } from './store.ts'
import type { Body, Frame } from '@sluice/body'
import type { Engine, Hub } from '@sluice/hub'
import type { PauseOutcome } from '@sluice/pause'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'

export const about = {
  path: '/approval',
  line: 'a request that waits until somebody approves it, at this process or another',
  curl: (url: string): readonly string[] => [
    `curl -N ${url}/events`,
    `curl -N -d 'a new chair' ${url}/orders  # elsewhere: it waits`,
    `curl -d approved ${url}/orders/ID  # with the ID that the others show`,
  ],
}

/** What everybody sees: an order that waits, and later how it ended. */
interface News {
  readonly id: string
  readonly what: string
  readonly state: string
}

const plain = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }

const stateOf = (outcome: PauseOutcome<string>): string => {
  switch (outcome.kind) {
    case 'resumed':
      return outcome.value
    case 'timed out':
      return 'not answered'
    case 'gone':
      return 'withdrawn'
  }
}

export const approval = (hub: Hub): Handler => {
  const news = hub.topic<News>('approval', { keep: { entries: 100 } })

  async function* order(what: string, { client }: HttpRequest): AsyncGenerator<Frame | string> {
    const id = randomUUID()
    const { frame, resumed } = hub.pause<string>(id, {
      timeoutMs: 600_000,
      signal: client.signal,
    })
    // Not in this generator: it ends in the pause if the client leaves.
    const told = resumed.then((outcome) => news.append({ id, what, state: stateOf(outcome) }))
    told.catch(() => {})
    await news.append({ id, what, state: 'waits' })
    yield `Order ${id} waits for an approval.\n`
    // All that came before a pause is sent. Until it ends, this process holds little more than the connection.
    yield frame
    await told
    yield `The order is ${stateOf(await resumed)}.\n`
  }

  const ask = async (request: HttpRequest): Promise<HttpResponse> => {
    const what = (await readText(request.body, { maxBytes: 200 })).trim()
    // Dots keep the connection open, also through proxies.
    const dotted = heartbeat({ everyMs: 15_000, bytes: '.' })
    return stream(dotted(toBody(order(what, request))), { headers: plain })
  }

  const decide = async (body: Body, id: string): Promise<HttpResponse> => {
    const decision = await readText(body, { maxBytes: 100 })
    if (decision !== 'approved' && decision !== 'rejected')
      throw new HttpError('BAD_REQUEST', 'Cannot decide: wanted "approved" or "rejected"')
    if (await hub.resume(id, decision, { keepMs: 0 })) return text(`The order is ${decision}.\n`)
    throw new HttpError('NOT_FOUND', 'Cannot decide: found no order of this ID that waits')
  }

  return stack(proxyHints())((request) => {
    const { method, body, client } = request
    const { pathname } = requestUrl(request)
    const [what, id] = pathname.slice(about.path.length + 1).split('/')
    if (method === 'POST' && what === 'orders')
      return id === undefined ? ask(request) : decide(body, id)
    if (method !== 'GET' && method !== 'HEAD')
      return text('', { status: 405, headers: { allow: 'GET, HEAD, POST' } })
    if (what === 'events')
      return events(news.read({ after: lastEventId(request) }), { client, retryMs: 500 })
    if (what === '') return html(page(about.path))
    throw new HttpError('NOT_FOUND', 'Cannot find the page')
  })
}

/** In memory: alone in one process. */
export const app: Handler = approval(openHub())

/** Serves with a hub of its own, as each process does. */
const start = async (engine: Engine, port: number) => {
  const hub = openHub({ engine })
  const server = await serve(approval(hub), { port })
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
