import { toFetch, toFetchMiddleware } from '@sluice/fetch'
import { serve } from 'srvx'
import { app, onError } from '../app.ts'
import { passing } from './support/passing.mjs'
import { announceServer } from './support/srvx.mjs'

// toFetch has reported what the middleware would report.
const middleware = toFetchMiddleware(passing, { onError() {} })

await announceServer(
  serve({
    middleware: [(request, next) => middleware(request, next)],
    fetch: toFetch(app, { onError }),
    port: 0,
    hostname: '127.0.0.1',
    silent: true,
  }),
)
