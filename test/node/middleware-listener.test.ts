// A handler by `toListener` behind a middleware: what it sends goes through the capture.
import { fields, readText } from '@sluice/body'
import { compress } from '@sluice/compress'
import { limitBytes, mapBytes, mapText } from '@sluice/filter'
import { flush } from '@sluice/flush'
import { toListener, toMiddleware } from '@sluice/node'
import { input, output, stream, text } from '@sluice/stack'
import { coalesce } from '@sluice/write-buffering'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { around, unused } from '../support/node/around.ts'
import { readUntil } from '../support/node/compression-scene.ts'
import { hosting } from '../support/node/hosting.ts'
import { readChunk, readHead, readResponse } from '../support/server/read-response.ts'
import { get, post } from '../support/server/serving.ts'
import { deferred, turn } from '../support/within.ts'
import type { PassingMiddleware } from '@sluice/stack'
import type { Layer } from '../support/node/around.ts'

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

/** Fails in the turn of its flush, when what was written before has been taken already. */
const failsAfterFlush = async function* () {
  yield 'A'
  await turn(2)
  yield 'B'.repeat(300_000)
  yield flush
  throw new Error('it broke')
}

const layerings: Readonly<Record<string, readonly Layer[]>> = {
  'one middleware': [],
  'two middlewares': [toMiddleware(output(mapBytes((bytes) => bytes)))],
}

for (const [name, outside] of Object.entries(layerings))
  behind(
    `${name}: what was flushed before an error arrives compressed, whole, and the error is told once`,
    hosting(async (start) => {
      const told: unknown[] = []
      const listener = toListener(
        () => stream(failsAfterFlush(), { headers: { 'content-type': 'text/plain' } }),
        { onError: (error) => told.push(error) },
      )
      const layers = [toMiddleware(compress({ minBytes: 0 }), { onError: unused })]
      const host = await start(unused, around(passing, [...outside, ...layers, listener]))
      const client = await host.connect()
      client.send(get('/', 'accept-encoding: gzip'))
      await readHead(client)
      const chunks: string[] = []
      await readUntil(client, chunks, 'gzip', `A${'B'.repeat(300_000)}`)
      assert.is((await client.takeRest()).toString(), '')
      assert.equal(told.map(String), ['Error: it broke'])
      assert.equal(host.told, [])
    }),
  )

behind(
  'content that fails in a filter: the handler gets that error, and its listener answers by its status',
  hosting(async (start) => {
    const told: unknown[] = []
    const listener = toListener(async ({ body }) => text(await readText(body)), {
      onError: (error) => told.push(error),
    })
    const host = await start(unused, around(input(limitBytes({ maxBytes: 10 })), listener))
    const { status, content } = await host.ask(post('/', 'more than ten bytes'))
    assert.is(status, 413)
    assert.match(content, /more than 10 bytes/)
    assert.equal(told.map(codeOf), ['BODY_TOO_LARGE'])
    assert.equal(host.told, [])
  }),
)

behind.run()
