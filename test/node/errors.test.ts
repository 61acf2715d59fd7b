// Errors before and after the head: what was flushed arrives, and the end never looks complete.
import { createServer } from 'node:http'
import { data, fields } from '@sluice/body'
import { toListener } from '@sluice/node'
import { HttpError, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { hosting } from '../support/node/hosting.ts'
import { readChunk, readHead, readResponse } from '../support/server/read-response.ts'
import { get, post } from '../support/server/serving.ts'
import { deferred, turn } from '../support/within.ts'
import type { Frame } from '@sluice/body'
import type { Handler } from '@sluice/stack'

const flush = { kind: 'flush' } as const

/** A response of these frames, which then fails. */
const failing = (frames: readonly (Frame | string)[], error: unknown, headers = {}) =>
  stream(
    (async function* () {
      for (const frame of frames) yield frame
      throw error
    })(),
    { headers },
  )

const before = suite('toListener: an error before the head')

before(
  'it is answered with its status, and reported once',
  hosting(async (start) => {
    const error = new HttpError('FORBIDDEN', 'Cannot show the page', {
      headers: { 'x-why': 'no' },
    })
    const host = await start(() => {
      throw error
    })
    const response = await host.ask(get())
    assert.is(response.status, 403)
    assert.is(response.fields.get('x-why'), 'no')
    assert.is(response.content, 'Cannot show the page\n')
    assert.equal(host.told, [error])
  }),
)

for (const [name, fail] of [
  ['a rejected promise', () => Promise.reject(new Error('secret'))],
  ['an error of the body at its first frame', () => failing([], new Error('secret'))],
  ['an error after data that was not sent yet', () => failing(['data'], new Error('secret'))],
  [
    'a byteLength and a content-length that differ',
    () => text('1', { headers: { 'content-length': '2' } }),
  ],
  ['an invalid status', () => ({ ...text('1'), status: 99 })],
  [
    'fewer bytes than the length, at once',
    () => stream([data(Uint8Array.of(1))], { headers: { 'content-length': '2' } }),
  ],
] satisfies readonly (readonly [string, Handler])[]) {
  before(
    `${name} is a 500 without its message, and the connection goes on`,
    hosting(async (start) => {
      const host = await start((request) => (request.target === '/' ? fail() : text('next')))
      const client = await host.connect()
      client.send(get('/') + get('/next'))
      const response = await readResponse(client)
      assert.is(response.status, 500)
      assert.is(response.content, '')
      assert.is((await readResponse(client)).content, 'next')
      assert.is(host.told.length, 1)
    }),
  )
}

before(
  'plain JavaScript that returns no response is a 500 that says what it returned',
  hosting(async (start) => {
    const wrong: unknown[] = [undefined, 'text', new Response('x'), { status: 200 }]
    for (const each of wrong) {
      // @ts-expect-error: plain JavaScript
      const host = await start(() => each)
      assert.is((await host.ask(get())).status, 500)
      assert.equal(host.told.map(codeOf), ['RESPONSE_INVALID'])
    }
  }),
)

before('a handler that is not a function is refused at the call', () => {
  const given: unknown = text('x')
  assert.throws(
    () => Reflect.apply(toListener, undefined, [given]),
    (error: unknown) => error instanceof TypeError,
  )
})

before(
  'a takeOver that nothing can take is a 500',
  hosting(async (start) => {
    const { takeOver } = await import('@sluice/node')
    const host = await start(() => takeOver(() => {}))
    assert.is((await host.ask(get())).status, 500)
    assert.equal(host.told.map(codeOf), ['RESPONSE_INVALID'])
  }),
)

before(
  'a response to what other code has answered already is reported, and disturbs nothing',
  hosting(async (start) => {
    const host = await start(
      () => text('ours'),
      (handler, options) => {
        const listener = toListener(handler, options)
        return createServer((req, res) => {
          res.end('theirs')
          listener(req, res)
        })
      },
    )
    assert.is((await host.ask(get())).content, 'theirs')
    assert.equal(host.told.map(codeOf), ['RESPONSE_INVALID'])
  }),
)

before.run()

const after = suite('toListener: an error after the head')

after(
  'chunked: what was flushed arrives, then the connection ends without the last chunk',
  hosting(async (start) => {
    const error = new Error('late')
    const host = await start(() => failing(['one', flush, 'lost'], error))
    const client = await host.connect()
    client.send(get())
    await readHead(client)
    assert.is(await readChunk(client), 'one')
    assert.is((await client.takeRest()).toString(), '')
    assert.is(client.ended, 'end')
    assert.equal(host.told, [error])
  }),
)

after(
  'a length: what was flushed arrives, then the connection ends before the length is reached',
  hosting(async (start) => {
    const error = new Error('late')
    const host = await start(() => failing(['one', flush], error, { 'content-length': '9' }))
    const client = await host.connect()
    client.send(get())
    await readHead(client)
    assert.is((await client.takeRest()).toString(), 'one')
    assert.equal(host.told, [error])
  }),
)

after(
  'HTTP/1.0 without a length: the connection is reset, since an orderly end would look complete',
  hosting(async (start) => {
    const error = new Error('late')
    const gate = deferred()
    const host = await start(() =>
      stream(
        (async function* () {
          yield 'one'
          yield flush
          await gate.promise
          throw error
        })(),
      ),
    )
    const client = await host.connect()
    client.send('GET / HTTP/1.0\r\n\r\n')
    await readHead(client)
    assert.is((await client.take(3)).toString(), 'one')
    gate.resolve(undefined)
    await client.takeRest()
    assert.is(client.ended, 'reset')
    assert.equal(host.told, [error])
  }),
)

after(
  'HTTP/1.0 without a length: the client reads what was flushed right before, and then the reset',
  hosting(async (start) => {
    const host = await start(() => failing(['one', flush], new Error('late')))
    for (let i = 0; i < 3; i++) {
      const client = await host.connect()
      client.send('GET / HTTP/1.0\r\n\r\n')
      await readHead(client)
      assert.is((await client.takeRest()).toString(), 'one')
      assert.is(client.ended, 'reset')
    }
  }),
)

for (const [name, bytes, code] of [
  ['more', 'twelve bytes', 'LENGTH_MISMATCH'],
  ['fewer', 'few', 'LENGTH_MISMATCH'],
] as const) {
  after(
    `${name} bytes than the length never look complete`,
    hosting(async (start) => {
      const frames = [{ kind: 'flush' } as const, bytes]
      const host = await start(() =>
        stream(
          (async function* () {
            yield* frames
          })(),
          { headers: { 'content-length': '9' } },
        ),
      )
      const client = await host.connect()
      client.send(get())
      await readHead(client)
      assert.ok((await client.takeRest()).length < 9)
      assert.equal(host.told.map(codeOf), [code])
    }),
  )
}

after(
  'a stalled reader gets all of 1 MiB that was flushed before the error',
  hosting(async (start) => {
    const bytes = 2 ** 20
    const error = new Error('late')
    const frames = Array.from({ length: 64 }, () => data(new Uint8Array(bytes / 64).fill(97)))
    const host = await start(() => failing([...frames, flush], error))
    const client = await host.connect()
    client.pause()
    client.send(get())
    await turn(200)
    client.resume()
    await readHead(client)
    let got = 0
    while (got < bytes) got += (await readChunk(client))?.length ?? Number.POSITIVE_INFINITY
    assert.is(got, bytes)
    assert.is((await client.takeRest()).toString(), '')
    assert.equal(host.told, [error])
  }),
)

after(
  'a client that still uploads reads what was flushed',
  hosting(async (start) => {
    const host = await start(() => failing(['one', flush], new Error('late')))
    const client = await host.connect()
    client.send(
      post('/', 'x'.repeat(100), 'content-length: 100000').replace('content-length: 100\r\n', ''),
    )
    await readHead(client)
    assert.is(await readChunk(client), 'one')
    assert.is((await client.takeRest()).toString(), '')
    assert.is(client.ended, 'end')
    client.halfClose()
  }),
)

after(
  'a frame after the trailers is an error',
  hosting(async (start) => {
    const trailers = { kind: 'trailers', fields: fields({ 'x-sum': '1' }) } as const
    const host = await start(() => stream(['one', flush, trailers, 'two']))
    const client = await host.connect()
    client.send(get())
    await readHead(client)
    assert.is(await readChunk(client), 'one')
    assert.is((await client.takeRest()).toString(), '')
    assert.equal(host.told.map(codeOf), ['BODY_INVALID'])
  }),
)

for (const name of ['content-length', 'transfer-encoding', 'host', 'set-cookie'])
  after(
    `${name} in the trailers is an error, and none of them is sent`,
    hosting(async (start) => {
      const trailers = { kind: 'trailers', fields: fields({ [name]: '1' }) } as const
      const host = await start(() => stream(['one', flush, trailers]))
      const client = await host.connect()
      client.send(get())
      await readHead(client)
      assert.is(await readChunk(client), 'one')
      assert.is((await client.takeRest()).toString(), '')
      assert.is(host.told.length, 1)
      assert.match(String(host.told[0]), new RegExp(`found ${name}, wanted fields that may stand`))
    }),
  )

after(
  'what a receipt throws is reported, and the response goes on',
  hosting(async (start) => {
    const error = new Error('receipt')
    const sent = () => {
      throw error
    }
    const host = await start(() => stream(['one', { kind: 'flush', sent } as const, 'two']))
    assert.is((await host.ask(get())).content, 'onetwo')
    assert.equal(host.told, [error])
  }),
)

after(
  'a client that uploads without reading gets what was flushed, however much it still sends',
  hosting(async (start) => {
    const host = await start(() => failing(['one', flush], new Error('late')))
    const client = await host.connect()
    client.pause()
    client.send(post('/', '').replace('content-length: 0', `content-length: ${2 ** 24}`))
    for (let i = 0; i < 16; i++) assert.ok(await client.sendAll(new Uint8Array(2 ** 19)))
    client.resume()
    await readHead(client)
    assert.is(await readChunk(client), 'one')
    assert.is((await client.takeRest()).toString(), '')
    assert.is(client.ended, 'end')
  }),
)

after.run()
