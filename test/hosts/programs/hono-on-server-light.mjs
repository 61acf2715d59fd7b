import { fromFetch, toFetch, useLightResponse } from '@sluice/fetch'
import { serve } from '@sluice/server'
import { Hono } from 'hono'
import { app, onError } from '../app.ts'
import { announce } from './support/announce.mjs'

useLightResponse()
const page = toFetch(app, { onError })

const site = new Hono()
site.all('*', (c) => page(c.req.raw, c.env))
// toFetch has reported what the server reports.
const { port } = await serve(fromFetch(site.fetch), { onError() {} })
announce({ port, protocol: 'http/1.1' })
