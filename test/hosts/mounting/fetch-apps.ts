// The apps into which the lines of packages/fetch/README.md are copied.
import type { Host } from '../hosts.ts'
import type { MountingApp } from './mounting-app.ts'

interface Part extends Pick<MountingApp, 'path'> {
  readonly before: string
  readonly after: string
  readonly runtime?: Host['runtime']
}

const fetch = { readme: 'packages/fetch/README.md', runtime: 'node', under: '' } as const

/** Mounts the page. */
const mounts = (line: string, name: string, { before, ...rest }: Part): MountingApp => ({
  ...fetch,
  ...rest,
  lines: [line],
  name,
  before: `import { toFetch } from '@sluice/fetch'
import { handler } from 'mounting/page.mjs'
${before}
const app = toFetch(handler)`,
})

/** Puts a middleware around a page that the app has itself. */
const around = (line: string, name: string, { before, ...rest }: Part): MountingApp => ({
  ...fetch,
  ...rest,
  lines: [line],
  name,
  before: `import { compress } from '@sluice/compress'
import { toFetch, toFetchMiddleware } from '@sluice/fetch'
import { handler } from 'mounting/page.mjs'
${before}
const fetch = toFetch(handler)
const compressed = toFetchMiddleware(compress())`,
  coding: 'gzip',
})

const deno: Part = {
  runtime: 'deno',
  before: `import { announce } from 'support/announce.mjs'
const { serve } = Deno
const onListen = ({ port }) => announce({ port, protocol: 'http/1.1' })
Deno.serve = (app) => serve({ port: 0, hostname: '127.0.0.1', onListen }, app)`,
  after: '',
}

const bun: Part = {
  runtime: 'bun',
  before: `import { announce } from 'support/announce.mjs'
const { serve } = Bun
Bun.serve = (options) =>
  announce({ port: serve({ ...options, port: 0, hostname: '127.0.0.1' }).port, protocol: 'http/1.1' })`,
  after: '',
}

const workers: Part = { runtime: 'workerd', before: '', after: '' }

const hono: Part = {
  before: `import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { announce } from 'support/announce.mjs'
const hono = new Hono()`,
  after: `serve({ fetch: hono.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
  announce({ port, protocol: 'http/1.1' }))`,
}

const h3: Part = {
  before: `import { fromWebHandler, H3, serve, toResponse } from 'h3'
import { announceServer } from 'support/srvx.mjs'
const h3 = new H3()`,
  after: `announceServer(serve(h3, { port: 0, hostname: '127.0.0.1', silent: true }))`,
}

const srvx: Part = {
  before: `import { serve as serveWithSrvx } from 'srvx'
import { announceServer } from 'support/srvx.mjs'
const serve = (options) =>
  announceServer(serveWithSrvx({ ...options, port: 0, hostname: '127.0.0.1', silent: true }))`,
  after: '',
}

const router: Part = {
  before: `import { createServer } from 'node:http'
import { createRouter } from '@remix-run/fetch-router'
import { createRequestListener } from '@remix-run/node-fetch-server'
import { listen } from 'support/announce.mjs'`,
  after: `listen(createServer(createRequestListener((request) => router.fetch(request))), 'http/1.1')`,
}

const nextRoute: Part = {
  before: `import { createServer } from 'node:http'
import { listen } from 'support/announce.mjs'
import { serveRouteHandler } from 'support/next-route.mjs'
import * as route from 'itself'`,
  after: `listen(createServer((req, res) => serveRouteHandler(route.GET)(req, res)), 'http/1.1')`,
}

const withPage = ({ before, after, ...rest }: Part, line: string): Part => ({
  ...rest,
  before,
  after: `${line}\n${after}`,
})

const under = (path: string, part: Part): Part => ({ ...part, path })

const withRouter: Part = { ...router, before: `${router.before}\nconst router = createRouter()` }

export const fetchApps: readonly MountingApp[] = [
  mounts('Deno.serve(', 'Deno', deno),
  mounts('Bun.serve(', 'Bun', bun),
  mounts('serve({ fetch: app', 'srvx', srvx),
  mounts('export default {', 'workerd', workers),
  mounts('export const GET', 'Next-style route handler', nextRoute),
  mounts('hono.all(', 'Hono', under('/tea/page', hono)),
  mounts('h3.all(', 'h3', under('/tea/page', h3)),
  mounts('router.get(', 'fetch-router', under('/tea/page', withRouter)),
  around('hono.use(', 'Hono', withPage(hono, `hono.all('/page', (c) => fetch(c.req.raw))`)),
  around('h3.use(', 'h3', withPage(h3, `h3.all('/page', fromWebHandler(fetch))`)),
  around('serve({ fetch, middleware', 'srvx', srvx),
]
