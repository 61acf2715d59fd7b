// The apps into which the lines of packages/node/README.md are copied.
import type { MountingApp } from './mounting-app.ts'

interface Part {
  readonly before: string
  readonly after: string
}

const node = { readme: 'packages/node/README.md', runtime: 'node' } as const

/** Mounts the page. */
const mounts = (
  under: string,
  lines: readonly string[],
  name: string,
  { before, after }: Part,
): MountingApp => ({
  ...node,
  under,
  lines,
  name,
  before: `import { attach, toListener } from '@sluice/node'
import { handler } from 'mounting/page.mjs'
${before}
const listener = toListener(handler)`,
  after,
})

/** Puts a middleware around a page that the app has itself. */
const around = (
  under: string,
  lines: readonly string[],
  name: string,
  { before, after }: Part,
  page: string,
): MountingApp => ({
  ...node,
  under,
  lines,
  name,
  before: `import { compress } from '@sluice/compress'
import { toMiddleware } from '@sluice/node'
import { body, write } from 'mounting/node-page.mjs'
${before}
const layer = toMiddleware(compress())`,
  after: `${page}\n${after}`,
  coding: 'gzip',
})

const http = `import { createServer } from 'node:http'
import { listen } from 'support/announce.mjs'`

const express = (name: string): Part => ({
  before: `import express from '${name}'\n${http}\nconst app = express()`,
  after: `listen(createServer(app), 'http/1.1')`,
})

const connect: Part = {
  before: `import connect from 'connect'\n${http}\nconst app = connect()`,
  after: `listen(createServer(app), 'http/1.1')`,
}

const koa: Part = {
  before: `import Koa from 'koa'\n${http}\nconst app = new Koa()`,
  after: `listen(createServer(app.callback()), 'http/1.1')`,
}

const fastify: Part = {
  before: `import { fastify } from 'fastify'
import { announce } from 'support/announce.mjs'
const app = fastify()`,
  after: `await app.listen({ port: 0, host: '127.0.0.1' })
announce({ port: app.server.address().port, protocol: 'http/1.1' })`,
}

const nodeHttp: Part = {
  before: `import { createServer as makeServer } from 'node:http'
import { listen } from 'support/announce.mjs'
const createServer = (listener) => ({ listen: () => listen(makeServer(listener), 'http/1.1') })`,
  after: '',
}

const attached: Part = {
  before: `${http}\nconst server = createServer()`,
  after: `listen(server, 'http/1.1')`,
}

const nextApi: Part = {
  before: `${http}
import { serveRoute } from 'support/next-api.mjs'
import * as route from 'itself'`,
  after: `listen(createServer((req, res) => serveRoute(route.default)(req, res)), 'http/1.1')`,
}

const koaPage = `app.use((ctx) => {
  ctx.type = 'text/plain'
  ctx.body = body(ctx.req, ctx.res)
})`

const fastifyPage = `app.get('/page', (request, reply) =>
  reply.type('text/plain').send(body(request.raw, reply.raw)))`

const onHttp = 'node:http, https, http2'
const inExpress = 'Express 5 and 4, Connect'
const inNext = 'Next, in pages/api/page.js'

const fastifyLines = ['app.register(']

export const nodeApps: readonly MountingApp[] = [
  mounts(onHttp, ['createServer('], 'node:http', nodeHttp),
  mounts(onHttp, ['attach('], 'node:http', attached),
  mounts(inExpress, ["app.use('/page'"], 'Express 5', express('express')),
  mounts(inExpress, ["app.use('/page'"], 'Express 4', express('express4')),
  mounts(inExpress, ["app.use('/page'"], 'Connect', connect),
  mounts('Koa 3', ['app.use((ctx) '], 'Koa 3', koa),
  mounts('Fastify 5', fastifyLines, 'Fastify 5', fastify),
  mounts(inNext, ['export const config', 'export default'], 'Next-style API route', nextApi),
  around(inExpress, ['app.use(layer)'], 'Express 5', express('express'), 'app.use(write)'),
  around(inExpress, ['app.use(layer)'], 'Express 4', express('express4'), 'app.use(write)'),
  around(inExpress, ['app.use(layer)'], 'Connect', connect, 'app.use(write)'),
  around('Koa 3', ['app.use((ctx, next)'], 'Koa 3', koa, koaPage),
  around('Fastify 5', ['app.addHook('], 'Fastify 5', fastify, fastifyPage),
]
