import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import { nextId, pages, securityFields, several, timing, token } from './support/five.mjs'
import { makeHub, messageOf } from './support/hub.mjs'
import { bytesOf, pieces } from './support/pieces.mjs'
import { serving } from './support/serving.mjs'

const listen = (app) =>
  new Promise((resolve) => {
    const options = { port: 0, hostname: '127.0.0.1', serverOptions: { keepAliveTimeout: 120_000 } }
    serve({ fetch: app.fetch, ...options }, ({ port }) => resolve(port))
  })

const hello = () => {
  const app = new Hono()
  app.use(async (c, next) => {
    const startedAt = performance.now()
    await next()
    c.header('server-timing', timing(startedAt))
  })
  app.use(async (c, next) => {
    c.set('id', nextId())
    await next()
    c.header('x-request-id', c.get('id'))
  })
  app.use(async (c, next) => {
    await next()
    for (const [name, value] of securityFields) c.header(name, value)
  })
  app.use(async (c, next) => {
    if (c.req.header('authorization') !== token) return c.text('who are you?', 401)
    await next()
  })
  for (const [path, page] of Object.entries(pages)) app.get(path, (c) => c.text(page))
  return listen(app)
}

const depth = (count) => {
  const app = new Hono()
  for (const middleware of several(count, () => (_c, next) => next())) app.use(middleware)
  app.get('/hello', (c) => c.text(pages['/hello']))
  return listen(app)
}

const json = () => {
  const app = new Hono()
  app.post('/json', async (c) => c.json({ ...(await c.req.json()), seen: true }))
  return listen(app)
}

const transfer = () => {
  const app = new Hono()
  app.get('/down', (c) => {
    const bytes = bytesOf(c.req.url)
    return c.body(ReadableStream.from(pieces(bytes)), 200, { 'content-length': `${bytes}` })
  })
  app.post('/up', async (c) => {
    let bytes = 0
    for await (const part of c.req.raw.body) bytes += part.length
    return c.text(`${bytes}`)
  })
  return listen(app)
}

const events = () => {
  const hub = makeHub()
  const app = new Hono()
  app.get('/hello', (c) => c.text(pages['/hello']))
  app.get('/events', (c) =>
    streamSSE(c, async (stream) => {
      await stream.writeSSE({ event: 'tick', data: 'hello' })
      for (;;) await stream.writeSSE({ event: 'tick', data: await hub.next })
    }),
  )
  app.get('/publish', (c) => {
    hub.publish(messageOf(bytesOf(c.req.url)))
    return c.text('published')
  })
  return listen(app)
}

await serving({ hello, depth, json, transfer, events })
