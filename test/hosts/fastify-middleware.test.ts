// @installs test/hosts
// A middleware in Fastify that fails after the application has answered an error: the second error has its own status.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { toBody } from '@sluice/body'
import { toMiddleware } from '@sluice/node'
import { HttpError, mapResponse } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inNode } from '../support/node/in-node.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PassingMiddleware } from '@sluice/stack'

const { fastify } = createRequire(join(process.cwd(), 'test/hosts/package.json'))('fastify')

/** A request or a reply of Fastify. */
interface Raw<T> {
  readonly raw: T
}

const refused = () => new HttpError('FORBIDDEN', 'Cannot go on: a test')

const failsAtOnce: PassingMiddleware = (next) => (request) =>
  mapResponse(next(request), () => {
    throw refused()
  })

const failsInBody: PassingMiddleware = (next) => (request) =>
  mapResponse(next(request), (response) => ({
    ...response,
    body: toBody(
      // biome-ignore lint/correctness/useYield: fails before its first byte
      (async function* () {
        throw refused()
      })(),
    ),
  }))

const routes: Readonly<Record<string, () => unknown>> = {
  'has answered': () => 'answered',
  'has thrown': () => {
    throw new Error('the first')
  },
  'has rejected with a status': async () => {
    throw Object.assign(new Error('the first'), { statusCode: 418 })
  },
}

const second = suite('Fastify: toMiddleware fails after the application')

for (const [how, middleware] of Object.entries({
  'at once': failsAtOnce,
  'in its body': failsInBody,
}))
  for (const [what, route] of Object.entries(routes))
    second(
      `an error ${how}, after a route ${what}: the client gets its status`,
      inNode(async (start) => {
        const app = fastify()
        const layer = toMiddleware(middleware)
        app.addHook(
          'onRequest',
          (
            { raw: req }: Raw<IncomingMessage>,
            { raw: res }: Raw<ServerResponse>,
            done: () => void,
          ) => layer(req, res, done),
        )
        app.get('/', route)
        await app.ready()
        const site = await start((req, res) => app.routing(req, res))
        const { status, content } = await site.ask('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
        assert.is(status, 403)
        assert.match(content, /"statusCode":403/)
      }),
    )

second.run()
