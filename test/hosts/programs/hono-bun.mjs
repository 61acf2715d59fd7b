import { toFetch } from '@sluice/fetch'
import { Hono } from 'hono'
import { app, onError } from '../app.ts'
import { announce } from './support/announce.mjs'

const page = toFetch(app, { onError })

const site = new Hono()
site.all('*', (c) => page(c.req.raw, c.env))
const { fetch } = site
const { port } = Bun.serve({ port: 0, hostname: '127.0.0.1', idleTimeout: 0, fetch })
announce({ port, protocol: 'http/1.1' })
