// A Next-style route handler: stands for one of Next, `export const GET = toFetch(handler)`.
import { createServer } from 'node:http'
import { toFetch } from '@sluice/fetch'
import { app, onError } from '../app.ts'
import { listen } from './support/announce.mjs'
import { serveRouteHandler } from './support/next-route.mjs'

const GET = toFetch(app, { onError })

listen(createServer(serveRouteHandler(GET)), 'http/1.1')
