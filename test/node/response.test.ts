// Responses of every kind through `node:http`, as a raw client sees them.
import { createServer } from 'node:http'
import { fields, toBody } from '@sluice/body'
import { toListener } from '@sluice/node'
import { empty, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { hosting } from '../support/node/hosting.ts'
import { readChunk, readHead, readResponse } from '../support/server/read-response.ts'
import { get, request } from '../support/server/serving.ts'
import { deferred } from '../support/within.ts'
import type { Frame } from '@sluice/body'
import type { HttpResponse } from '@sluice/stack'
import type { Mount } from '../support/node/hosting.ts'

const whole = suite('toListener: a response that is there at once')

whole(
  'a text has its length and its type',
  hosting(async (start) => {
    const host = await start(() => text('hello'))
    const { status, fields, content } = await host.ask(get())
    assert.is(status, 200)
    assert.is(fields.get('content-length'), '5')
    assert.is(fields.get('content-type'), 'text/plain; charset=utf-8')
    assert.is(content, 'hello')
    assert.equal(host.told, [])
  }),
)

for (const bytes of [0, 1, 4096, 4097, 65_536, 65_537, 1_000_000]) {
  whole(
    `${bytes} bytes arrive as they are, with their length`,
    hosting(async (start) => {
      const sent = Buffer.alloc(bytes, 'aé\0')
      const host = await start(() => stream(sent))
      const { fields, content } = await host.ask(get())
      assert.is(fields.get('content-length'), String(bytes))
      assert.ok(Buffer.from(content, 'latin1').equals(sent))
    }),
  )
}

whole(
  'lines of set-cookie stay apart, and so do those of other names',
  hosting(async (start) => {
    const headers = fields([
      ['set-cookie', 'a=1'],
      ['vary', 'accept'],
      ['set-cookie', 'b=2'],
      ['vary', 'cookie'],
    ])
    const host = await start(() => text('', { headers }))
    const response = await host.ask(get())
    assert.equal(response.fields.getSetCookie(), ['a=1', 'b=2'])
    assert.is(response.fields.get('vary'), 'accept, cookie')
  }),
)

const afterOthers: Mount = (handler, options) => {
  const listener = toListener(handler, options)
  return createServer((req, res) => {
    res.setHeader('set-cookie', 'session=1')
    res.setHeader('Vary', 'Origin')
    res.setHeader('x-by', 'another')
    res.setHeader('content-type', 'text/css')
    res.setHeader('content-length', '77')
    listener(req, res)
  })
}

whole(
  'what others have set on res is kept, cookies and vary beside ours, all else behind ours',
  hosting(async (start) => {
    const headers = fields([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['vary', 'accept'],
    ])
    const host = await start(() => text('hello', { headers }), afterOthers)
    const response = await host.ask(get())
    assert.equal(response.fields.getSetCookie(), ['session=1', 'a=1', 'b=2'])
    assert.is(response.fields.get('vary'), 'Origin, accept')
    assert.is(response.fields.get('x-by'), 'another')
    assert.is(response.fields.get('content-type'), 'text/plain; charset=utf-8')
    assert.equal(response.fields.getAll('content-length'), ['5'])
  }),
)

whole(
  'a content-length that others have set is not that of a stream',
  hosting(async (start) => {
    const host = await start(() => stream(['one']), afterOthers)
    const response = await host.ask(get())
    assert.is(response.content, 'one')
    assert.is(response.fields.get('content-length'), undefined)
  }),
)

whole(
  'fields of the connection are left out and reported; connection: close closes',
  hosting(async (start) => {
    const headers = fields({ 'keep-alive': 'timeout=99', connection: 'close', upgrade: 'h2c' })
    const host = await start(() => text('hello', { headers }))
    const client = await host.connect()
    client.send(get())
    const response = await readResponse(client)
    assert.is(response.fields.get('connection'), 'close')
    assert.is(response.fields.has('upgrade'), false)
    assert.is(await client.ending, 'end')
    assert.equal(host.told.map(codeOf), ['RESPONSE_INVALID'])
  }),
)

whole.run()

const without = suite('toListener: a response without content')

/** What becomes of a body that is not sent. */
const watched = (seen: { pulled: number; closed: number }) => {
  const body = {
    [Symbol.asyncIterator]: () => ({
      async next(): Promise<IteratorResult<Frame>> {
        seen.pulled++
        return { done: true, value: undefined }
      },
      async return(): Promise<IteratorResult<Frame>> {
        seen.closed++
        return { done: true, value: undefined }
      },
    }),
  }
  return body
}

const contentless: readonly (readonly [
  name: string,
  method: string,
  status: number,
  length: string | undefined,
])[] = [
  ['HEAD keeps the length of a GET', 'HEAD', 200, '5'],
  ['204 has no length', 'GET', 204, undefined],
  ['205 has the length 0', 'GET', 205, '0'],
  ['304 keeps the length of a 200', 'GET', 304, '5'],
]

for (const [name, method, status, length] of contentless) {
  without(
    `${name}; its body is closed and never pulled, and the connection goes on`,
    hosting(async (start) => {
      const seen = { pulled: 0, closed: 0 }
      const given = status === 200 || status === 304 ? { 'content-length': '5' } : {}
      const host = await start(({ target }) =>
        target === '/next' ? text('next') : { status, headers: fields(given), body: watched(seen) },
      )
      const client = await host.connect()
      client.send(request(method, '/') + get('/next'))
      const response = await readResponse(client, method)
      assert.is(response.status, status)
      assert.is(response.fields.get('content-length'), length)
      assert.is((await readResponse(client)).content, 'next')
      assert.equal(seen, { pulled: 0, closed: 1 })
      assert.equal(host.told, [])
    }),
  )
}

without(
  'empty() is a 204',
  hosting(async (start) => {
    const host = await start(() => empty())
    assert.is((await host.ask(get())).status, 204)
  }),
)

without.run()

const streamed = suite('toListener: a response that comes by and by')

const flush = { kind: 'flush' } as const

streamed(
  'data, a flush and trailers arrive in order',
  hosting(async (start) => {
    const trailers = fields([
      ['x-sum', '9f'],
      ['x-sum', 'a0'],
    ])
    const host = await start(() =>
      stream(
        (async function* () {
          yield 'one, '
          yield flush
          yield 'two'
          yield { kind: 'trailers', fields: trailers } as const
        })(),
      ),
    )
    const response = await host.ask(get())
    assert.is(response.content, 'one, two')
    assert.equal(response.trailers.getAll('x-sum'), ['9f', 'a0'])
  }),
)

streamed(
  'a flush sends what is there, and a first one the head alone; receipts come with it',
  hosting(async (start) => {
    const receipts: unknown[] = []
    const first = deferred()
    const second = deferred()
    const note = (name: string) => (lost?: unknown) => receipts.push([name, lost])
    const host = await start(() =>
      stream(
        (async function* () {
          yield { kind: 'flush', sent: note('head') } as const
          await first.promise
          yield 'one'
          yield { kind: 'flush', sent: note('one') } as const
          await second.promise
          yield 'two'
        })(),
      ),
    )
    const client = await host.connect()
    client.send(get())
    const head = await readHead(client)
    assert.is(head.status, 200)
    assert.equal(receipts, [['head', undefined]])
    first.resolve(undefined)
    assert.is(await readChunk(client), 'one')
    assert.equal(receipts.at(-1), ['one', undefined])
    second.resolve(undefined)
    assert.is(await readChunk(client), 'two')
    assert.is(await readChunk(client), undefined)
    assert.equal(host.told, [])
  }),
)

streamed(
  'what is there at once goes out in one chunk; what came before a wait does not wait',
  hosting(async (start) => {
    const gate = deferred()
    const host = await start(() =>
      stream(
        (async function* () {
          yield 'a'
          yield 'b'
          yield 'c'
          await gate.promise
          yield 'd'
        })(),
      ),
    )
    const client = await host.connect()
    client.send(get())
    await readHead(client)
    assert.is(await readChunk(client), 'abc')
    gate.resolve(undefined)
    assert.is(await readChunk(client), 'd')
    assert.is(await readChunk(client), undefined)
  }),
)

streamed(
  'a pause sends what is there, and holds what comes after it',
  hosting(async (start) => {
    const gate = deferred()
    const host = await start(() =>
      stream(
        (async function* () {
          yield 'before'
          yield { kind: 'pause', until: gate.promise } as const
          yield 'after'
        })(),
      ),
    )
    const client = await host.connect()
    client.send(get())
    await readHead(client)
    assert.is(await readChunk(client), 'before')
    gate.resolve(undefined)
    assert.is(await readChunk(client), 'after')
    assert.is(await readChunk(client), undefined)
  }),
)

streamed(
  'HTTP/1.0 content ends with the connection, and trailers are left out',
  hosting(async (start) => {
    const host = await start(() =>
      stream(
        (async function* () {
          yield 'one, '
          yield flush
          yield 'two'
          yield { kind: 'trailers', fields: fields({ 'x-sum': '9f' }) } as const
        })(),
      ),
    )
    const client = await host.connect()
    client.send('GET / HTTP/1.0\r\n\r\n')
    const response = await readResponse(client)
    assert.is(response.content, 'one, two')
    assert.is(response.fields.has('transfer-encoding'), false)
  }),
)

streamed(
  'responses to pipelined requests keep their order, however late the first is',
  hosting(async (start) => {
    const gate = deferred()
    const host = await start(({ target }) =>
      target === '/1'
        ? stream(
            (async function* () {
              await gate.promise
              yield 'first'
            })(),
          )
        : stream(['second ', flush, 'too']),
    )
    const client = await host.connect()
    client.send(get('/1') + get('/2'))
    gate.resolve(undefined)
    assert.is((await readResponse(client)).content, 'first')
    assert.is((await readResponse(client)).content, 'second too')
  }),
)

streamed(
  'a flush calls the flush() that a layer outside has put on res, such as compression',
  hosting(async (start) => {
    const log: string[] = []
    const host = await start(
      () => stream(['one', flush, 'two']),
      (handler, options) => {
        const listener = toListener(handler, options)
        return createServer((req, res) => {
          const write = res.write.bind(res)
          const layer = {
            write(chunk: Uint8Array, done: () => void) {
              log.push(String(Buffer.from(chunk)))
              return write(chunk, done)
            },
            flush: () => log.push('flush'),
          }
          listener(req, Object.assign(res, layer))
        })
      },
    )
    assert.is((await host.ask(get())).content, 'onetwo')
    assert.equal(log.slice(0, 2), ['one', 'flush'])
    assert.is(log.filter((each) => each === 'flush').length, 1)
  }),
)

streamed.run()

const informed = suite('toListener: client.inform')

informed(
  'a 103 arrives before the response, with every line and without fields of the connection',
  hosting(async (start) => {
    const host = await start(({ client }) => {
      client.inform(
        103,
        fields([
          ['link', '</a.css>; rel=preload'],
          ['link', '</b.css>; rel=preload'],
          ['connection', 'close'],
        ]),
      )
      return text('hello')
    })
    const client = await host.connect()
    client.send(get())
    const hints = await readHead(client)
    assert.is(hints.status, 103)
    assert.equal(hints.fields.getAll('link'), ['</a.css>; rel=preload', '</b.css>; rel=preload'])
    assert.is(hints.fields.has('connection'), false)
    assert.is((await readResponse(client)).content, 'hello')
  }),
)

informed(
  'of a pipelined request it waits for the responses before it',
  hosting(async (start) => {
    const gate = deferred<HttpResponse>()
    const host = await start(({ target, client }) => {
      if (target === '/1') return gate.promise
      client.inform(103, fields({ link: '</a.css>' }))
      return text('second')
    })
    const client = await host.connect()
    client.send(get('/1') + get('/2'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    gate.resolve(text('first'))
    assert.is((await readResponse(client)).content, 'first')
    assert.is((await readHead(client)).status, 103)
    assert.is((await readResponse(client)).content, 'second')
  }),
)

informed(
  'it does nothing over HTTP/1.0 and after the response, and refuses the statuses of the host',
  hosting(async (start) => {
    const thrown: unknown[] = []
    const late = deferred<() => void>()
    const host = await start(({ client }) => {
      client.inform(103)
      late.resolve(() => client.inform(103))
      for (const status of [100, 101, 200, Number.NaN]) {
        try {
          client.inform(status)
        } catch (error) {
          thrown.push(error)
        }
      }
      return { status: 200, headers: fields(), body: toBody('x') }
    })
    const client = await host.connect()
    client.send('GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n')
    assert.is((await readResponse(client)).status, 200)
    ;(await late.promise)()
    client.send('GET / HTTP/1.0\r\n\r\n')
    assert.is((await readResponse(client)).status, 200)
    assert.is(thrown.filter((error) => error instanceof RangeError).length, 8)
  }),
)

informed.run()
