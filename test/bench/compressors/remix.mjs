import { serve } from '@hono/node-server'
import { compressResponse } from '@remix-run/response/compress'
import { serving } from '../servers/support/serving.mjs'
import * as bodies from './support/bodies.mjs'

const encoder = new TextEncoder()

const streamOf = (parts) =>
  ReadableStream.from(
    (async function* () {
      for await (const part of parts) yield typeof part === 'string' ? encoder.encode(part) : part
    })(),
  )

const bodyOf = {
  '/page': () => [bodies.page(1500), bodies.pageFields],
  '/endless': () => [bodies.endless(), bodies.pageFields],
  '/events': () => [bodies.events(), bodies.eventFields],
}

const answer = (request) => {
  const { pathname } = new URL(request.url)
  const found = bodies.asked(pathname)
  if (found !== undefined) return new Response(found)
  const [parts, headers] = bodyOf[pathname]()
  return compressResponse(new Response(streamOf(parts), { headers }), request)
}

await serving({
  app: () =>
    new Promise((resolve) => {
      const options = { port: 0, hostname: '127.0.0.1' }
      serve({ fetch: answer, ...options }, ({ port }) => resolve(port))
    }),
})
