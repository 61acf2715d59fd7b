import { serve } from '@hono/node-server'
import { toFetch } from '@sluice/fetch'
import { Hono } from 'hono'
import { app, onError } from '../app.ts'
import { announce } from './support/announce.mjs'

const page = toFetch(app, { onError })

const site = new Hono()
site.all('*', (c) => page(c.req.raw, c.env))
serve({ fetch: site.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
  announce({ port, protocol: 'http/1.1' }),
)
