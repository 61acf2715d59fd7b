import { EventStream, H3, readBody, serve } from 'h3'
import { nextId, pages, securityFields, several, timing, token } from './support/five.mjs'
import { makeHub, messageOf } from './support/hub.mjs'
import { bytesOf } from './support/pieces.mjs'
import { serving } from './support/serving.mjs'

const listen = async (app) => {
  const node = { keepAliveTimeout: 120_000 }
  const server = serve(app, { port: 0, hostname: '127.0.0.1', silent: true, node })
  await server.ready()
  return Number(new URL(server.url).port)
}

const text = (event, content, status = 200) => {
  event.res.status = status
  event.res.headers.set('content-type', 'text/plain')
  return content
}

const hello = () => {
  const app = new H3()
  app.use(async (event, next) => {
    const startedAt = performance.now()
    const answer = await next()
    event.res.headers.set('server-timing', timing(startedAt))
    return answer
  })
  app.use((event) => {
    event.context.id = nextId()
    event.res.headers.set('x-request-id', event.context.id)
  })
  app.use((event) => {
    for (const [name, value] of securityFields) event.res.headers.set(name, value)
  })
  app.use((event) => {
    if (event.req.headers.get('authorization') !== token) return text(event, 'who are you?', 401)
  })
  for (const [path, page] of Object.entries(pages)) app.get(path, (event) => text(event, page))
  return listen(app)
}

const depth = (count) => {
  const app = new H3()
  for (const middleware of several(count, () => (_event, next) => next())) app.use(middleware)
  app.get('/hello', (event) => text(event, pages['/hello']))
  return listen(app)
}

const json = () => {
  const app = new H3()
  app.post('/json', async (event) => ({ ...(await readBody(event)), seen: true }))
  return listen(app)
}

const events = () => {
  const hub = makeHub()
  const app = new H3()
  app.get('/hello', (event) => text(event, pages['/hello']))
  app.get('/events', (event) => {
    const stream = new EventStream(event)
    const run = async () => {
      await stream.push({ event: 'tick', data: 'hello' })
      for (;;) await stream.push({ event: 'tick', data: await hub.next })
    }
    run().catch(() => {})
    return stream.send()
  })
  app.get('/publish', (event) => {
    hub.publish(messageOf(bytesOf(event.req.url)))
    return text(event, 'published')
  })
  return listen(app)
}

await serving({ hello, depth, json, events })
