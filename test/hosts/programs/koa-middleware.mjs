import { createServer } from 'node:http'
import { toListener, toMiddleware } from '@sluice/node'
import Koa from 'koa'
import { app, onError } from '../app.ts'
import { listen } from './support/announce.mjs'
import { passing } from './support/passing.mjs'

const listener = toListener(app, { onError })
// toListener has reported what the middleware would report.
const middleware = toMiddleware(passing, { onError() {} })

const site = new Koa()
site.silent = true
site.use(
  (ctx, next) =>
    new Promise((resolve, reject) => {
      ctx.res.once('close', resolve)
      middleware(ctx.req, ctx.res, (error) =>
        error ? reject(error) : next().then(resolve, reject),
      )
    }),
)
site.use((ctx) => {
  ctx.respond = false
  listener(ctx.req, ctx.res)
})
listen(createServer(site.callback()), 'http/1.1')
