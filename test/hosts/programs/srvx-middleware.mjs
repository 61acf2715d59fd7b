import { toFetch, toFetchMiddleware } from '@sluice/fetch'
import { serve } from 'srvx'
import { app, onError } from '../app.ts'
import { passing } from './support/passing.mjs'
import { announceServer } from './support/srvx.mjs'

await announceServer(
  serve({
    // toFetch has reported what the middleware would report.
    middleware: [toFetchMiddleware(passing, { onError() {} })],
    fetch: toFetch(app, { onError }),
    port: 0,
    hostname: '127.0.0.1',
    silent: true,
  }),
)
