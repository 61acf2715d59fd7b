// srvx, on which h3 stands: the server alone, with its own middlewares.
import { serve } from 'srvx'
import { fetchJson, fetchRouter, fiveMiddlewares } from './support/fetch.mjs'
import { several } from './support/five.mjs'
import { serving } from './support/serving.mjs'

const listen = async (fetch, middleware = []) => {
  const server = serve({ port: 0, hostname: '127.0.0.1', silent: true, middleware, fetch })
  await server.ready()
  return Number(new URL(server.url).port)
}

await serving({
  hello: () => listen(fetchRouter, fiveMiddlewares),
  depth: (count) =>
    listen(
      fetchRouter,
      several(count, () => (_request, next) => next()),
    ),
  json: () => listen(fetchJson),
})
