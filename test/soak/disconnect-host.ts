// Servers of others whose clients leave: node:http and http2 by toListener, Express behind toMiddleware. Anything that it prints is wrong.
import { createServer } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { compress } from '@sluice/compress'
import { toListener, toMiddleware } from '@sluice/node'
import { control, counts, options } from '../faults/servers/control.ts'
import { leaveRoutes, paths, tell } from './leave-routes.ts'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Http2Server } from 'node:http2'

type Listener = (request: IncomingMessage, response: ServerResponse) => void
type Next = (error?: unknown) => void

/** As much of Express as is used here. */
interface Express extends Listener {
  use(...middlewares: unknown[]): void
  get(path: string, handler: Listener): void
  post(path: string, handler: Listener): void
}

const line = 'a line of some text that is sent\n'
const some = line.repeat(30)

const listener = toListener(leaveRoutes, { onError: tell })

/** Handlers that know nothing of Sluice, and what is compressed for them. */
const native: Readonly<Record<string, Listener>> = {
  '/json': (_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ text: line.repeat(500) }))
  },
  '/write': (_request, response) => {
    let left = 4
    const write = () => {
      if (response.destroyed) return
      response.write(some)
      if (--left === 0) response.end()
      else setTimeout(write, Math.random() * 4)
    }
    response.setHeader('content-type', 'text/plain')
    write()
  },
  '/drain': (_request, response) => {
    let left = 40
    const write = () => {
      while (left-- > 0)
        if (!response.write(line.repeat(1000))) return response.once('drain', write)
      return response.end()
    }
    response.setHeader('content-type', 'text/plain')
    write()
  },
  '/flush': (_request, response) => {
    response.setHeader('content-type', 'text/event-stream')
    response.flushHeaders()
    const timer = setInterval(() => response.write('data: tick\n\n'), 2)
    response.on('close', () => clearInterval(timer))
  },
  '/upload': (request, response) => {
    let bytes = 0
    request.on('data', (part: Uint8Array) => {
      bytes += part.length
    })
    request.on('end', () => response.end(`${bytes}`))
    request.on('error', () => {})
  },
}

const countedPaths = (): string =>
  [...paths.map((path) => `/sluice${path}`), ...Object.keys(native)].join(' ')

const express = (): Server => {
  const make: () => Express = createRequire(resolve('test/hosts/package.json'))('express')
  const app = make()
  app.get('/paths', (_request, response) => response.end(countedPaths()))
  app.use(toMiddleware(compress(), { onError: tell }))
  app.use((_request: unknown, _response: unknown, next: Next) => {
    counts.started++
    next()
  })
  app.use('/sluice', listener)
  for (const [path, handler] of Object.entries(native))
    if (path === '/upload') app.post(path, handler)
    else app.get(path, handler)
  return createServer(app)
}

const servers: Readonly<Record<string, () => Server | Http2Server>> = {
  'node:http': () => createServer(listener),
  http2: () => createHttp2Server(listener),
  express,
}

const make = servers[options.host ?? '']
if (make === undefined) throw new Error(`Cannot serve: found the host ${options.host}`)
const server = make()
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  control(typeof address === 'object' && address !== null ? address.port : 0)
})
process.once('SIGTERM', () => {
  server.close()
  if ('closeAllConnections' in server) server.closeAllConnections()
})
