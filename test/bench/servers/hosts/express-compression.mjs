// Express behind the package compression.
import compression from 'compression'
import express from 'express'
import { greeting, list } from '../support/host-contents.mjs'
import { serving } from '../support/serving.mjs'

await serving({
  compressed: () =>
    new Promise((resolve) => {
      const app = express()
      app.use(compression())
      app.get('/list', (_request, response) => response.json(list))
      app.get('/small', (_request, response) => response.send(greeting))
      const server = app.listen(0, '127.0.0.1', () => resolve(server.address().port))
      server.keepAliveTimeout = 120_000
    }),
})
