import { Readable } from 'node:stream'
import { fastify } from 'fastify'
import { nextId, pages, securityFields, several, timing, token } from './support/five.mjs'
import { eventFields, eventOf, makeHub, messageOf } from './support/hub.mjs'
import { bytesOf, pieces } from './support/pieces.mjs'
import { serving } from './support/serving.mjs'

const listen = async (app) => {
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.server.address().port
}

const hello = () => {
  const app = fastify({ genReqId: nextId })
  app.addHook('onRequest', (request, _reply, done) => {
    request.startedAt = performance.now()
    done()
  })
  app.addHook('onSend', (request, reply, content, done) => {
    reply.header('server-timing', timing(request.startedAt))
    done(null, content)
  })
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    done()
  })
  app.addHook('onRequest', (_request, reply, done) => {
    for (const [name, value] of securityFields) reply.header(name, value)
    done()
  })
  app.addHook('onRequest', (request, reply, done) => {
    if (request.headers.authorization === token) done()
    else reply.code(401).send('who are you?')
  })
  app.decorateRequest('startedAt', 0)
  for (const [path, page] of Object.entries(pages))
    app.get(path, (_request, reply) => {
      reply.type('text/plain').send(page)
    })
  return listen(app)
}

const depth = (count) => {
  const app = fastify()
  for (const hook of several(count, () => (_request, _reply, done) => done()))
    app.addHook('onRequest', hook)
  app.get('/hello', (_request, reply) => {
    reply.type('text/plain').send(pages['/hello'])
  })
  return listen(app)
}

const json = () => {
  const app = fastify()
  app.post('/json', (request, reply) => {
    reply.send({ ...request.body, seen: true })
  })
  return listen(app)
}

const transfer = () => {
  const app = fastify({ bodyLimit: Number.MAX_SAFE_INTEGER })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, content, done) => done(null, content))
  app.get('/down', (request, reply) => {
    const bytes = bytesOf(request.url)
    reply.header('content-length', bytes).send(Readable.from(pieces(bytes), { objectMode: false }))
  })
  app.post('/up', async ({ body }) => {
    let bytes = 0
    for await (const part of body) bytes += part.length
    return `${bytes}`
  })
  return listen(app)
}

async function* eventsOf(hub) {
  yield eventOf('hello')
  for (;;) yield await hub.next
}

const events = () => {
  const hub = makeHub()
  const app = fastify({ keepAliveTimeout: 120_000 })
  app.get('/hello', (_request, reply) => reply.type('text/plain').send(pages['/hello']))
  app.get('/events', (_request, reply) =>
    reply.headers(eventFields).send(Readable.from(eventsOf(hub), { objectMode: false })),
  )
  app.get('/publish', (request, reply) => {
    hub.publish(Buffer.from(eventOf(messageOf(bytesOf(request.url)))))
    reply.send('published')
  })
  return listen(app)
}

await serving({ hello, depth, json, transfer, events })
