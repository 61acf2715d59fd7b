import { toFetch, toFetchMiddleware } from '@sluice/fetch'
import { fromWebHandler, H3, serve, toResponse } from 'h3'
import { app, onError } from '../app.ts'
import { passing } from './support/passing.mjs'
import { announceServer } from './support/srvx.mjs'

// toFetch has reported what the middleware would report.
const middleware = toFetchMiddleware(passing, { onError() {} })

const site = new H3()
site.use((event, next) =>
  middleware(event.req, async (request) => {
    Object.assign(event, { req: request })
    return toResponse(await next(), event)
  }),
)
site.all('/**', fromWebHandler(toFetch(app, { onError })))
await announceServer(serve(site, { port: 0, hostname: '127.0.0.1', silent: true }))
