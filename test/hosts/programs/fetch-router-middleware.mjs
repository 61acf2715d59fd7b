import { createServer } from 'node:http'
import { createRouter } from '@remix-run/fetch-router'
import { createRequestListener } from '@remix-run/node-fetch-server'
import { toFetch, toFetchMiddleware } from '@sluice/fetch'
import { app, onError } from '../app.ts'
import { listen } from './support/announce.mjs'
import { passing } from './support/passing.mjs'

const page = toFetch(app, { onError })
// toFetch has reported what the middleware would report.
const middleware = toFetchMiddleware(passing, { onError() {} })

const router = createRouter({
  middleware: [
    (context, next) =>
      middleware(context.request, (request) => {
        context.request = request
        return next()
      }),
  ],
  defaultHandler: ({ request }) => page(request),
})
listen(createServer(createRequestListener((request) => router.fetch(request))), 'http/1.1')
