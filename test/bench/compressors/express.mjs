import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import compression from 'compression'
import express from 'express'
import { listen, serving } from '../servers/support/serving.mjs'
import * as bodies from './support/bodies.mjs'

/** Written by hand, as its manual says for events: `response.flush()` after each. */
const writeAll = async (response, parts) => {
  for await (const part of parts) {
    if (part === 'flush') response.flush()
    else if (!response.write(part)) await new Promise((resolve) => response.once('drain', resolve))
  }
  response.end()
}

const app = express()
app.use(compression())
app.get('/page', (_request, response) => {
  Readable.from(bodies.page(1500), { objectMode: false }).pipe(response.set(bodies.pageFields))
})
app.get('/flushed-page', (_request, response) =>
  writeAll(response.set(bodies.pageFields), bodies.page(1500, 'flush')),
)
app.get('/endless', (_request, response) => {
  Readable.from(bodies.endless(), { objectMode: false }).pipe(response.set(bodies.pageFields))
})
app.get('/events', (_request, response) =>
  writeAll(response.set(bodies.eventFields), bodies.events('flush')),
)
app.use((request, response) => response.type('text/plain').send(bodies.asked(request.path)))

await serving({ app: () => listen(createServer({ keepAliveTimeout: 120_000 }, app)) })
