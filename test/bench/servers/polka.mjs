import { createServer } from 'node:http'
import bodyParser from 'body-parser'
import polka from 'polka'
import { fiveMiddlewares, passing } from './support/connect.mjs'
import { pages, several } from './support/five.mjs'
import { listen as listenOn, serving } from './support/serving.mjs'

/** Polka answers by a handler of `node:http`. */
const listen = (app) => listenOn(createServer(app.handler))

const answer = (response, content, type = 'text/plain') => {
  response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(content) })
  response.end(content)
}

const hello = () => {
  const app = polka().use(...fiveMiddlewares)
  for (const [path, page] of Object.entries(pages))
    app.get(path, (_request, response) => answer(response, page))
  return listen(app)
}

const depth = (count) => {
  const app = polka()
  for (const middleware of several(count, passing)) app.use(middleware)
  app.get('/hello', (_request, response) => answer(response, pages['/hello']))
  return listen(app)
}

const json = () => {
  const app = polka().use(bodyParser.json())
  app.post('/json', ({ body }, response) =>
    answer(response, JSON.stringify({ ...body, seen: true }), 'application/json'),
  )
  return listen(app)
}

await serving({ hello, depth, json })
