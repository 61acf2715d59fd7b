import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { selfSigned } from '../../support/server/self-signed.ts'
import { control, counts, noteId, options } from './control.ts'
import { piece, pieces, sleepMs } from './pieces.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'

type Route = (
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
) => void | PromiseLike<void>

const text = (response: ServerResponse, content: string) => {
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.setHeader('content-length', content.length)
  response.end(content)
}

/** Writes as fast as the socket takes it, no faster. */
const download = async (response: ServerResponse, bytes: number) => {
  response.setHeader('content-length', bytes)
  response.on('close', () => counts.closed++)
  for (const each of pieces(bytes)) {
    if (response.destroyed) return
    if (!response.write(each))
      await Promise.race([once(response, 'drain'), once(response, 'close')])
  }
  response.end()
}

const readAllSlowly = async (request: IncomingMessage, response: ServerResponse) => {
  let bytes = 0
  try {
    for await (const each of request) {
      bytes += each.length
      await sleep(sleepMs)
    }
    text(response, `${bytes}`)
  } catch {
    // The client has gone.
  }
}

const routes: Readonly<Record<string, Route>> = {
  '/id': (_request, response, query) => {
    const id = query.get('id') ?? ''
    noteId(id)
    text(response, id)
  },
  '/fields': (request, response) => text(response, `${Object.keys(request.headers).length}`),
  '/download': (_request, response, query) => download(response, Number(query.get('bytes'))),
  '/piece': (_request, response, query) => {
    response.on('close', () => counts.told++)
    response.end(piece.subarray(0, Number(query.get('bytes'))))
  },
  '/upload': (request, response) => {
    let bytes = 0
    request.on('data', (each: Uint8Array) => {
      bytes += each.length
    })
    request.on('end', () => text(response, `${bytes}`))
  },
  '/upload-slow': readAllSlowly,
  '/slow': async (_request, response, query) => {
    await sleep(Number(query.get('ms')))
    text(response, query.get('id') ?? '')
  },
  '/hold': (_request, response) => {
    response.on('close', () => counts.told++)
  },
  // As `/hold`, which looks at nothing that becomes of its client.
  '/never': () => {},
  '/refuse': (_request, response) => {
    response.statusCode = 413
    text(response, 'too large')
  },
}

const { headTimeoutMs = 60_000, idleTimeoutMs = 5000, requestTimeoutMs = 300_000 } = options
const limits = {
  // Node wants it to be no more than that of the whole request.
  headersTimeout: Math.min(headTimeoutMs, requestTimeoutMs),
  keepAliveTimeout: idleTimeoutMs,
  requestTimeout: requestTimeoutMs,
  connectionsCheckingInterval: 500,
}

const answer = (request: IncomingMessage, response: ServerResponse): void => {
  counts.started++
  if (request.url === '/') return text(response, 'hello')
  const url = new URL(request.url ?? '/', 'http://localhost')
  const route = routes[url.pathname]
  if (route !== undefined) return void route(request, response, url.searchParams)
  response.statusCode = 404
  text(response, 'no such page')
}

const server = options.secure
  ? createSecureServer({ ...limits, ...selfSigned }, answer)
  : createServer(limits, answer)

// A second signal does what Node does without this: it ends the process.
process.once('SIGTERM', () => server.close())
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) control(address.port)
})
