// A handler by `toListener` behind a middleware: what it sends goes through the capture.
import { fields } from '@sluice/body'
import { mapText } from '@sluice/filter'
import { flush } from '@sluice/flush'
import { toListener } from '@sluice/node'
import { output, stream } from '@sluice/stack'
import { coalesce } from '@sluice/write-buffering'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { around, unused } from '../support/node/around.ts'
import { hosting } from '../support/node/hosting.ts'
import { readChunk, readHead, readResponse } from '../support/server/read-response.ts'
import { get } from '../support/server/serving.ts'
import { deferred } from '../support/within.ts'
import type { PassingMiddleware } from '@sluice/stack'

const loud = output(mapText((part) => part.toUpperCase()))
const passing: PassingMiddleware = (next) => (request) => next(request)

const middlewares = { 'a body that is filtered': loud, 'a body that is left as it is': passing }

const behind = suite('toMiddleware around toListener')

for (const [name, middleware] of Object.entries(middlewares)) {
  behind(
    `${name}: the head of a stream arrives before its content exists`,
    hosting(async (start) => {
      const later = deferred()
      const listener = toListener(() =>
        stream(
          (async function* () {
            yield flush
            await later.promise
            yield 'A'
          })(),
        ),
      )
      const host = await start(unused, around(middleware, listener))
      const client = await host.connect()
      client.send(get())
      assert.is((await readHead(client)).status, 200)
      later.resolve()
      assert.is(await readChunk(client), 'A')
    }),
  )

  behind(
    `${name}: trailers arrive`,
    hosting(async (start) => {
      const listener = toListener(() =>
        stream(
          (async function* () {
            yield 'A'
            yield { kind: 'trailers', fields: fields({ 'x-sum': '9f' }) } as const
          })(),
          { headers: { trailer: 'x-sum' } },
        ),
      )
      const host = await start(unused, around(middleware, listener))
      const client = await host.connect()
      client.send(get())
      const { content, trailers } = await readResponse(client, 'GET')
      assert.equal([content, trailers.get('x-sum')], ['A', '9f'])
    }),
  )

  behind(
    `${name}: what was flushed before an error arrives, and the response is cut`,
    hosting(async (start) => {
      const told: unknown[] = []
      const broken = new Error('it broke')
      const listener = toListener(
        () =>
          stream(
            (async function* () {
              yield 'A'
              yield flush
              throw broken
            })(),
          ),
        { onError: (error) => told.push(error) },
      )
      const host = await start(unused, around(middleware, listener))
      const client = await host.connect()
      client.send(get())
      assert.is((await readHead(client)).status, 200)
      assert.is(await readChunk(client), 'A')
      assert.is((await client.takeRest()).toString(), '')
      assert.equal(told, [broken])
    }),
  )
}

behind(
  'a flush sends what the middleware holds',
  hosting(async (start) => {
    const later = deferred()
    const listener = toListener(() =>
      stream(
        (async function* () {
          yield 'A'
          yield flush
          await later.promise
          yield 'B'
        })(),
      ),
    )
    const host = await start(unused, around(output(coalesce({ minBytes: 1000 })), listener))
    const client = await host.connect()
    client.send(get())
    await readHead(client)
    assert.is(await readChunk(client), 'A')
    later.resolve()
    assert.is(await readChunk(client), 'B')
  }),
)

behind.run()
