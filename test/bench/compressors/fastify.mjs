import { Readable } from 'node:stream'
import { constants } from 'node:zlib'
import compress from '@fastify/compress'
import { fastify } from 'fastify'
import { serving } from '../servers/support/serving.mjs'
import * as bodies from './support/bodies.mjs'

const readable = (parts) => Readable.from(parts, { objectMode: false })

/** Events are left alone unless it is told otherwise, and are then held unless every write is flushed. */
const flushed = {
  compress: { customTypes: /^text\//, zlibOptions: { flush: constants.Z_SYNC_FLUSH } },
}

const app = fastify({ keepAliveTimeout: 120_000 })
await app.register(compress, { encodings: ['gzip'] })
app.get('/page', (_request, reply) =>
  reply.headers(bodies.pageFields).send(readable(bodies.page(1500))),
)
app.get('/flushed-page', flushed, (_request, reply) =>
  reply.headers(bodies.pageFields).send(readable(bodies.page(1500))),
)
app.get('/endless', (_request, reply) =>
  reply.headers(bodies.pageFields).send(readable(bodies.endless())),
)
app.get('/events', flushed, (_request, reply) =>
  reply.headers(bodies.eventFields).send(readable(bodies.events())),
)
for (const path of ['/state', '/publish']) app.get(path, () => bodies.asked(path))

await serving({
  async app() {
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server.address().port
  },
})
