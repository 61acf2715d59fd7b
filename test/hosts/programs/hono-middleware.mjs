import { serve } from '@hono/node-server'
import { toFetch, toFetchMiddleware } from '@sluice/fetch'
import { Hono } from 'hono'
import { app, onError } from '../app.ts'
import { announce } from './support/announce.mjs'
import { passing } from './support/passing.mjs'

const page = toFetch(app, { onError })
// toFetch has reported what the middleware would report.
const middleware = toFetchMiddleware(passing, { onError() {} })

const site = new Hono()
site.use(async (c, next) => {
  const response = await middleware(
    c.req.raw,
    async (request) => {
      c.req.raw = request
      await next()
      return c.res
    },
    c.env,
  )
  // Hono adds the fields of the response that was there to the next one.
  c.res = undefined
  c.res = response
})
site.all('*', (c) => page(c.req.raw, c.env))
serve({ fetch: site.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
  announce({ port, protocol: 'http/1.1' }),
)
