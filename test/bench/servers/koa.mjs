import { createServer } from 'node:http'
import { bodyParser } from '@koa/bodyparser'
import Koa from 'koa'
import { nextId, pages, securityFields, several, timing, token } from './support/five.mjs'
import { listen as listenOn, serving } from './support/serving.mjs'

const listen = (app) => listenOn(createServer(app.callback()))

const hello = () => {
  const app = new Koa()
  app.use(async (ctx, next) => {
    const startedAt = performance.now()
    await next()
    ctx.set('server-timing', timing(startedAt))
  })
  app.use(async (ctx, next) => {
    ctx.state.id = nextId()
    await next()
    ctx.set('x-request-id', ctx.state.id)
  })
  app.use(async (ctx, next) => {
    await next()
    for (const [name, value] of securityFields) ctx.set(name, value)
  })
  app.use((ctx, next) => {
    if (ctx.get('authorization') === token) return next()
    ctx.status = 401
    ctx.body = 'who are you?'
  })
  // Koa has no router: a small one is what its README shows.
  app.use((ctx, next) => {
    const page = ctx.method === 'GET' ? pages[ctx.path] : undefined
    if (page === undefined) return next()
    ctx.body = page
  })
  return listen(app)
}

const depth = (count) => {
  const app = new Koa()
  for (const middleware of several(count, () => (_ctx, next) => next())) app.use(middleware)
  app.use((ctx) => {
    ctx.body = pages['/hello']
  })
  return listen(app)
}

const json = () => {
  const app = new Koa()
  app.use(bodyParser())
  app.use((ctx) => {
    ctx.body = { ...ctx.request.body, seen: true }
  })
  return listen(app)
}

await serving({ hello, depth, json })
