import { createServer } from 'node:http'
import { toListener } from '@sluice/node'
import Koa from 'koa'
import { app, onError } from '../app.ts'
import { listen } from './support/announce.mjs'

const listener = toListener(app, { onError })

const site = new Koa()
site.silent = true
site.use((ctx) => {
  ctx.respond = false
  listener(ctx.req, ctx.res)
})
listen(createServer(site.callback()), 'http/1.1')
