import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { serving } from '../servers/support/serving.mjs'
import * as bodies from './support/bodies.mjs'

const encoder = new TextEncoder()

const streamOf = (parts) =>
  ReadableStream.from(
    (async function* () {
      for await (const part of parts) yield typeof part === 'string' ? encoder.encode(part) : part
    })(),
  )

const app = new Hono()
app.use(compress())
app.get('/page', (c) => c.body(streamOf(bodies.page(1500)), 200, bodies.pageFields))
app.get('/endless', (c) => c.body(streamOf(bodies.endless()), 200, bodies.pageFields))
app.get('/events', (c) => c.body(streamOf(bodies.events()), 200, bodies.eventFields))
for (const path of ['/state', '/publish']) app.get(path, (c) => c.text(bodies.asked(path)))

await serving({
  app: () =>
    new Promise((resolve) => {
      const options = { port: 0, hostname: '127.0.0.1' }
      serve({ fetch: app.fetch, ...options }, ({ port }) => resolve(port))
    }),
})
