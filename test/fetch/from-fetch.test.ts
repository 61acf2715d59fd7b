// A fetch application as a handler, on our own server: what a raw client sees.
import { fromFetch } from '@sluice/fetch'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { untyped } from '../support/bodies/untyped.ts'
import { codeOf } from '../support/code-of.ts'
import { readChunk, readHead, readResponse } from '../support/server/read-response.ts'
import { get, post, request, serving } from '../support/server/serving.ts'
import { deferred, turn } from '../support/within.ts'

const from = suite('fromFetch')

from(
  'the application reads the request, and its Response is sent',
  serving(async (start) => {
    const app = fromFetch(async (on) => {
      const { pathname } = new URL(on.url)
      const text = `${on.method} ${pathname} ${on.headers.get('x-a')} ${await on.text()}`
      return new Response(text, { status: 201, headers: { 'x-b': 'two' } })
    })
    const site = await start(app)
    const { status, fields, content } = await site.ask(post('/tea?n=1', 'Assam', 'x-a: one'))
    assert.is(status, 201)
    assert.is(fields.get('x-b'), 'two')
    assert.is(content, 'POST /tea one Assam')
  }),
)

from(
  'an application may answer without a promise',
  serving(async (start) => {
    const site = await start(fromFetch(() => new Response('at once')))
    assert.is((await site.ask(get())).content, 'at once')
  }),
)

from(
  'the application gets the request of the host and the address of the client',
  serving(async (start) => {
    const app = fromFetch((_, { request: { target, version }, remoteAddr }) =>
      Response.json({ target, version, ...remoteAddr, port: typeof remoteAddr.port }),
    )
    const site = await start(app)
    assert.equal(JSON.parse((await site.ask(get('//x'))).content), {
      target: '//x',
      version: '1.1',
      transport: 'tcp',
      hostname: '127.0.0.1',
      port: 'number',
    })
  }),
)

from(
  'set-cookie lines stay apart',
  serving(async (start) => {
    const headers = new Headers()
    headers.append('set-cookie', 'a=1')
    headers.append('set-cookie', 'b=2')
    const site = await start(fromFetch(() => new Response(null, { headers })))
    assert.equal((await site.ask(get())).fields.getSetCookie(), ['a=1', 'b=2'])
  }),
)

from(
  'a HEAD that is answered without a body says nothing about the length',
  serving(async (start) => {
    const site = await start(fromFetch(() => new Response(null)))
    assert.is((await site.ask(request('HEAD', '/'))).fields.get('content-length'), undefined)
    assert.is((await site.ask(get())).fields.get('content-length'), '0')
  }),
)

from(
  'a chunk reaches the client before the next one exists',
  serving(async (start) => {
    const seen = deferred()
    async function* page() {
      yield Buffer.from('first')
      await seen.promise
      yield Buffer.from('second')
    }
    const site = await start(fromFetch(() => new Response(streamOf(page()))))
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    assert.is(await readChunk(client), 'first')
    seen.resolve()
    assert.is(await readChunk(client), 'second')
    assert.is(await readChunk(client), undefined)
  }),
)

from(
  'an error after the head arrives behind what was sent, is told once, and does not look complete',
  serving(async (start) => {
    const failure = new Error('the source broke')
    const seen = deferred()
    async function* page() {
      yield Buffer.from('first')
      await seen.promise
      throw failure
    }
    const site = await start(fromFetch(() => new Response(streamOf(page()))))
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    assert.is(await readChunk(client), 'first')
    seen.resolve()
    assert.is((await client.takeRest()).toString(), '')
    assert.equal(site.told, [failure])
  }),
)

const broken: readonly {
  readonly name: string
  readonly told: unknown
  run(): Response | Promise<Response>
}[] = [
  {
    name: 'throws',
    told: 'BROKEN',
    run() {
      throw Object.assign(new Error('broken'), { code: 'BROKEN' })
    },
  },
  {
    name: 'rejects',
    told: 'BROKEN',
    run: () => Promise.reject(Object.assign(new Error('broken'), { code: 'BROKEN' })),
  },
  { name: 'returns nothing', told: 'RESPONSE_INVALID', run: () => untyped(undefined) },
  { name: 'returns Response.error()', told: 'RESPONSE_INVALID', run: () => Response.error() },
]

for (const { name, told, run } of broken)
  from(
    `an application that ${name} is answered with 500, and told once`,
    serving(async (start) => {
      const site = await start(fromFetch(run))
      assert.is((await site.ask(get())).status, 500)
      assert.equal(site.told.map(codeOf), [told])
    }),
  )

from(
  'a client that leaves cancels the stream once, and aborts the signal',
  serving(async (start) => {
    const requests: Request[] = []
    let cancelled = 0
    const stream = () =>
      new ReadableStream({
        start: (controller) => controller.enqueue(Buffer.from('first')),
        cancel: () => void cancelled++,
      })
    const site = await start(
      fromFetch((on) => {
        requests.push(on)
        return new Response(stream())
      }),
    )
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    await readChunk(client)
    client.reset()
    await site.until(() => cancelled > 0, 'the cancelling')
    assert.is(cancelled, 1)
    assert.equal(
      requests.map(({ signal }) => codeOf(signal.reason)),
      ['READER_GONE'],
    )
    assert.equal(site.told, [])
  }),
)

from(
  'a client that reads nothing stops the source',
  serving(async (start) => {
    let pulled = 0
    const stream = new ReadableStream(
      {
        pull(controller) {
          pulled++
          controller.enqueue(Buffer.alloc(65_536))
        },
      },
      { highWaterMark: 0 },
    )
    const site = await start(fromFetch(() => new Response(stream)))
    const client = await site.connect()
    client.pause()
    client.send(get())
    await site.until(() => pulled > 1, 'the first chunks')
    const held = await site.standstill(() => pulled)
    client.resume()
    await client.received(held * 65_536)
    await site.until(() => pulled > held, 'more')
    client.destroy()
  }),
)

from(
  'content that is read late comes whole and in order',
  serving(async (start) => {
    const text = Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join('')
    const app = fromFetch(async (on) => {
      await turn(3)
      const { body } = on
      await turn(3)
      return new Response(body)
    })
    const site = await start(app)
    assert.is((await site.ask(post('/', text))).content, text)
  }),
)

from(
  '100 Continue is sent when the content is first read, and not when the request is looked at',
  serving(async (start) => {
    const looked = deferred()
    const go = deferred()
    const app = fromFetch(async (on) => {
      void [on.body, on.mode, on.headers]
      looked.resolve()
      await go.promise
      return new Response(await on.text())
    })
    const site = await start(app)
    const client = await site.connect()
    client.send(request('POST', '/', 'content-length: 3', 'expect: 100-continue'))
    await looked.promise
    await site.round()
    assert.is(client.receivedBytes, 0)
    go.resolve()
    assert.is(await client.takeTo('\r\n\r\n'), 'HTTP/1.1 100 Continue\r\n\r\n')
    client.send('tea')
    assert.is((await readResponse(client)).content, 'tea')
  }),
)

from(
  'content that the application does not read is left to the server',
  serving(async (start) => {
    const site = await start(fromFetch(() => new Response('unread')))
    const client = await site.connect()
    client.send(post('/', 'content') + get())
    assert.is((await readResponse(client)).content, 'unread')
    assert.is((await readResponse(client)).content, 'unread')
  }),
)

from(
  'what is not a function is refused at the call, and an application is asked for its fetch',
  () => {
    assert.throws(() => fromFetch(untyped(undefined)), TypeError)
    assert.throws(
      () => fromFetch(untyped({ fetch: () => new Response() })),
      /found an object, wanted its fetch function/,
    )
  },
)

const streamOf = (pieces: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> =>
  new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await pieces.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
    },
    { highWaterMark: 0 },
  )

from.run()
