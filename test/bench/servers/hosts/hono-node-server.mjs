import { serve } from '@hono/node-server'
import { honoApp } from '../support/hono-app.mjs'
import { serving } from '../support/serving.mjs'

await serving({
  app: () =>
    new Promise((resolve) => {
      const options = {
        port: 0,
        hostname: '127.0.0.1',
        serverOptions: { keepAliveTimeout: 120_000 },
      }
      serve({ fetch: honoApp().fetch, ...options }, ({ port }) => resolve(port))
    }),
})
