import { toListener } from '@sluice/node'
import { fastify } from 'fastify'
import { app, onError } from '../app.ts'
import { announce } from './support/announce.mjs'

const listener = toListener(app, { onError })

const site = fastify()
site.removeAllContentTypeParsers()
site.addContentTypeParser('*', (_request, _payload, done) => done(null))
site.all('/*', (request, reply) => listener(request.raw, reply.hijack().raw))
await site.listen({ port: 0, host: '127.0.0.1' })
announce({ port: site.server.address().port, protocol: 'http/1.1' })
