import { setTimeout as sleep } from 'node:timers/promises'
import { isData } from '@sluice/body'
import { closeOnSignal, serve } from '@sluice/server'
import { stream, text } from '@sluice/stack'
import { selfSigned } from '../../support/server/self-signed.ts'
import { control, counts, noteId, options } from './control.ts'
import { piece, pieces, sleepMs } from './pieces.ts'
import type { Handler, HttpRequest, HttpResponse } from '@sluice/stack'

type Route = (
  request: HttpRequest,
  query: URLSearchParams,
) => HttpResponse | PromiseLike<HttpResponse>

const ofLength = (bytes: number, body: Parameters<typeof stream>[0]) =>
  stream(body, { headers: { 'content-length': `${bytes}` } })

const heard = ({ client: { signal } }: HttpRequest): Promise<void> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      counts.told++
      resolve()
    })
  })

async function* download(bytes: number) {
  try {
    yield* pieces(bytes)
  } finally {
    counts.closed++
  }
}

const readAll = async ({ body }: HttpRequest, pauseMs: number) => {
  let bytes = 0
  for await (const frame of body) {
    if (isData(frame)) bytes += frame.bytes.length
    if (pauseMs > 0) await sleep(pauseMs)
  }
  return text(`${bytes}`)
}

/** The id, and then the content as it comes. */
async function* echo({ body }: HttpRequest, id: string) {
  yield `${id}\n`
  for await (const frame of body) if (isData(frame)) yield frame.bytes
}

/** The id in parts, with time between them. */
async function* page(id: string) {
  for (const part of id) {
    yield part
    await sleep(5)
  }
}

const routes: Readonly<Record<string, Route>> = {
  '/id': (_request, query) => {
    const id = query.get('id') ?? ''
    noteId(id)
    return text(id)
  },
  '/fields': ({ headers }) => text(`${[...headers].length}`),
  '/download': (_request, query) => {
    const bytes = Number(query.get('bytes'))
    return ofLength(bytes, download(bytes))
  },
  '/echo': (request, query) => stream(echo(request, query.get('id') ?? '')),
  '/page': (_request, query) => stream(page(query.get('id') ?? '')),
  '/piece': (request, query) => {
    heard(request)
    return stream(piece.subarray(0, Number(query.get('bytes'))))
  },
  '/upload': (request) => readAll(request, 0),
  '/upload-slow': (request) => readAll(request, sleepMs),
  '/slow': async (_request, query) => {
    await sleep(Number(query.get('ms')))
    return text(query.get('id') ?? '')
  },
  '/hold': async (request) => {
    await heard(request)
    return text('too late')
  },
  '/never': () => new Promise(() => {}),
  '/refuse': () => text('too large', { status: 413 }),
}

const hello: Handler = () => text('hello')

const handler: Handler = (request) => {
  counts.started++
  if (request.target === '/') return hello(request)
  const url = new URL(request.target, 'http://localhost')
  const route = routes[url.pathname]
  return route === undefined
    ? text('no such page', { status: 404 })
    : route(request, url.searchParams)
}

const { secure, ...limits } = options
const server = await serve(handler, { ...limits, ...(secure ? { tls: selfSigned } : {}) })
closeOnSignal(server, { graceMs: 30_000 })
control(server.port)
