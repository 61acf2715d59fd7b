// Fastify 5: `hijack` tells it that the page writes the response itself.
import { toListener } from '@sluice/node'
import fastify from 'fastify'
import { about, app as page } from './page.ts'

const app = fastify()
const listener = toListener(page)
app.get('/', () => 'An answer of Fastify.\n')
app.get(about.path, (request, reply) => {
  reply.hijack()
  listener(request.raw, reply.raw)
})

const url = await app.listen({ port: Number(process.env.PORT ?? 8080), host: '127.0.0.1' })
console.log(`curl -N ${url}${about.path}`)
