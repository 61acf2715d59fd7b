import { createServer } from 'node:http'
import express from 'express'
import { fiveMiddlewares, passing } from './support/connect.mjs'
import { pages, several } from './support/five.mjs'
import { listen as listenOn, serving } from './support/serving.mjs'

const listen = (app) => listenOn(createServer(app))

const answer = (response, page) => response.type('text/plain').send(page)

const hello = () => {
  const app = express()
  app.use(...fiveMiddlewares)
  for (const [path, page] of Object.entries(pages))
    app.get(path, (_request, response) => answer(response, page))
  return listen(app)
}

const depth = (count) => {
  const app = express()
  for (const middleware of several(count, passing)) app.use(middleware)
  app.get('/hello', (_request, response) => answer(response, pages['/hello']))
  return listen(app)
}

const json = () => {
  const app = express()
  app.use(express.json())
  app.post('/json', ({ body }, response) => response.json({ ...body, seen: true }))
  return listen(app)
}

await serving({ hello, depth, json })
