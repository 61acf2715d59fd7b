import { toListener, toMiddleware } from '@sluice/node'
import { fastify } from 'fastify'
import { app, onError } from '../app.ts'
import { announce } from './support/announce.mjs'
import { passing } from './support/passing.mjs'

const listener = toListener(app, { onError })
// toListener has reported what the middleware would report.
const middleware = toMiddleware(passing, { onError() {} })

const site = fastify()
site.removeAllContentTypeParsers()
site.addContentTypeParser('*', (_request, _payload, done) => done(null))
site.addHook('onRequest', (request, reply, done) => middleware(request.raw, reply.raw, done))
site.all('/*', (request, reply) => listener(request.raw, reply.hijack().raw))
await site.listen({ port: 0, host: '127.0.0.1' })
announce({ port: site.server.address().port, protocol: 'http/1.1' })
