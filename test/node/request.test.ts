// Requests as a handler sees them: fields, targets, content, and content that is not read.
import { createServer } from 'node:http'
import { isTrailers, readText } from '@sluice/body'
import { fromIncoming, toListener } from '@sluice/node'
import { requestUrl, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { hosting } from '../support/node/hosting.ts'
import { readResponse } from '../support/server/read-response.ts'
import { get, post, request } from '../support/server/serving.ts'
import { deferred, turn } from '../support/within.ts'
import type { IncomingMessage } from 'node:http'
import type { Handler, HttpRequest } from '@sluice/stack'
import type { Mount } from '../support/node/hosting.ts'

const heads = suite('toListener: the head of a request')

/** Serves one request and gives it, as its handler saw it. */
const seenAs = async (
  start: Parameters<Parameters<typeof hosting>[0]>[0],
  sent: string,
  mount?: Mount,
): Promise<HttpRequest> => {
  const seen: HttpRequest[] = []
  const host = await start((given) => {
    seen.push(given)
    return text('')
  }, mount)
  await host.ask(sent)
  const [first] = seen
  if (first === undefined) throw new Error('no request came')
  return first
}

heads(
  'fields are in order, with names in lower case, lines apart and joined',
  hosting(async (start) => {
    const { headers, method, version } = await seenAs(
      start,
      get('/', 'Accept: a', 'X-Empty:', 'Cookie: a=1', 'ACCEPT: b', 'cookie: b=2', 'x-pad:  x \t'),
    )
    assert.is(method, 'GET')
    assert.is(version, '1.1')
    assert.is(headers.get('ACCEPT'), 'a, b')
    assert.is(headers.get('cookie'), 'a=1; b=2')
    assert.is(headers.get('x-empty'), '')
    assert.is(headers.get('x-pad'), 'x')
    assert.is(headers.get('absent'), undefined)
    assert.is(headers.has('x-empty'), true)
    assert.equal(headers.getAll('accept'), ['a', 'b'])
    assert.equal(
      [...headers].map(([name]) => name),
      ['host', 'accept', 'x-empty', 'cookie', 'accept', 'cookie', 'x-pad'],
    )
    assert.is(headers.size, 7)
    assert.is(headers.without('accept').size, 5)
    assert.is(headers.with('accept', 'c').get('accept'), 'c')
    assert.is(headers.withAdded('accept', 'c').get('accept'), 'a, b, c')
    assert.throws(() => headers.get('not a name'), TypeError)
  }),
)

heads(
  '//path is a path, and its host is that of the Host field',
  hosting(async (start) => {
    const given = await seenAs(start, get('//evil.example/x?y=1'))
    assert.is(given.target, '//evil.example/x?y=1')
    assert.is(requestUrl(given).host, 'a')
    assert.is(requestUrl(given).pathname, '//evil.example/x')
  }),
)

heads(
  'the target has the prefix of a mount, which a framework keeps in originalUrl',
  hosting(async (start) => {
    const mount: Mount = (handler, options) => {
      const listener = toListener(handler, options)
      return createServer((req, res) => {
        Object.assign(req, { originalUrl: req.url, url: '/rest' })
        listener(req, res)
      })
    }
    const given = await seenAs(start, get('/mount/rest?x=1'), mount)
    assert.is(given.target, '/mount/rest?x=1')
  }),
)

heads(
  'HTTP/1.0 is told as such; the address and the port are those of the client',
  hosting(async (start) => {
    const addresses: unknown[] = []
    const host = await start(({ version, client }) => {
      addresses.push(version, client.address, client.port > 0, client.tls)
      assert.is(client.draining.aborted, false)
      return text('')
    })
    const client = await host.connect()
    client.send('GET / HTTP/1.0\r\n\r\n')
    await readResponse(client)
    assert.equal(addresses, ['1.0', '127.0.0.1', true, undefined])
  }),
)

heads.run()

const contents = suite('toListener: the content of a request')

const echo: Handler = async ({ body }) => text(await readText(body))

contents(
  'its length is known, or not; a GET has none',
  hosting(async (start) => {
    const lengths: unknown[] = []
    const host = await start(async ({ body }) => {
      lengths.push(body.byteLength)
      return text(await readText(body))
    })
    assert.is((await host.ask(post('/', 'hello'))).content, 'hello')
    assert.is((await host.ask(get())).content, '')
    const chunked = `${request('POST', '/', 'Transfer-Encoding: chunked')}3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n`
    assert.is((await host.ask(chunked)).content, 'onetwo')
    assert.equal(lengths, [5, 0, undefined])
  }),
)

contents(
  '1 MiB arrives whole, and the connection serves another request',
  hosting(async (start) => {
    const host = await start(async ({ body }) => text(String((await readText(body)).length)))
    const client = await host.connect()
    client.send(post('/', 'x'.repeat(2 ** 20)))
    assert.is((await readResponse(client)).content, String(2 ** 20))
    client.send(post('/', 'xyz'))
    assert.is((await readResponse(client)).content, '3')
  }),
)

contents(
  'trailers are its last frame',
  hosting(async (start) => {
    const host = await start(async ({ body }) => {
      const seen: string[] = []
      for await (const frame of body)
        seen.push(isTrailers(frame) ? `${frame.fields.get('x-sum')}` : frame.kind)
      return text(seen.join())
    })
    const sent = `${request('POST', '/', 'transfer-encoding: chunked')}3\r\none\r\n0\r\nX-Sum: 9f\r\n\r\n`
    assert.is((await host.ask(sent)).content, 'data,9f')
  }),
)

contents(
  'a second reading is BODY_USED',
  hosting(async (start) => {
    const host = await start(async ({ body }) => {
      await readText(body)
      return text(await readText(body))
    })
    assert.is((await host.ask(post('/', 'x'))).status, 500)
    assert.equal(host.told.map(codeOf), ['BODY_USED'])
  }),
)

for (const [name, handler] of [
  ['that is not read', () => text('unread')],
  [
    'that is left after its first frame',
    async ({ body }) => {
      for await (const _ of body) break
      return text('unread')
    },
  ],
  [
    'that is still being read when the response is complete',
    ({ body }) => {
      readText(body).catch(() => {})
      return text('unread')
    },
  ],
] satisfies readonly (readonly [string, Handler])[]) {
  contents(
    `content ${name} is discarded, and the connection serves another request`,
    hosting(async (start) => {
      const host = await start((given) => (given.target === '/' ? handler(given) : echo(given)))
      const client = await host.connect()
      client.send(post('/', 'x'.repeat(300_000)))
      assert.is((await readResponse(client)).content, 'unread')
      client.send(post('/next', 'next'))
      assert.is((await readResponse(client)).content, 'next')
      assert.equal(host.told, [])
    }),
  )
}

contents(
  'a read after the response is REQUEST_OVER',
  hosting(async (start) => {
    const read = deferred<unknown>()
    const host = await start(({ body }) => {
      setTimeout(() => readText(body).then(read.resolve, read.resolve), 50)
      return text('early')
    })
    assert.is((await host.ask(post('/', 'x'))).content, 'early')
    assert.is(codeOf(await read.promise), 'REQUEST_OVER')
  }),
)

/** Reads all of a request, as parsers do. */
const consumed = (req: IncomingMessage): Promise<void> =>
  new Promise((resolve) => req.on('data', () => {}).on('end', resolve))

for (const [name, parsed, message] of [
  ['into req.body', { body: {} }, /req\.body/],
  ['elsewhere', {}, /a parser of the framework/],
] as const) {
  contents(
    `content that a parser has read ${name} is BODY_USED, only if the handler reads it`,
    hosting(async (start) => {
      const host = await start(
        ({ target, body }) => (target === '/' ? readText(body).then(text) : text('fine')),
        (handler, options) => {
          const listener = toListener(handler, options)
          return createServer(async (req, res) => {
            await consumed(req)
            listener(Object.assign(req, parsed), res)
          })
        },
      )
      assert.is((await host.ask(post('/', 'x'))).status, 500)
      assert.equal(host.told.map(codeOf), ['BODY_USED'])
      const [error] = host.told
      assert.match(String(error), message)
      assert.is((await host.ask(post('/other', 'x'))).content, 'fine')
      assert.is((await host.ask(get('/'))).content, '')
    }),
  )
}

contents(
  'content that a framework has parsed into req.body without reading it is read',
  hosting(async (start) => {
    const host = await start(echo, (handler, options) => {
      const listener = toListener(handler, options)
      return createServer((req, res) => listener(Object.assign(req, { body: {} }), res))
    })
    assert.is((await host.ask(post('/', 'x'))).content, 'x')
  }),
)

contents.run()

const incoming = suite('fromIncoming')

incoming(
  'gives the request of a server of node:http, whose signal aborts when the response is complete',
  hosting(async (start) => {
    const reasons: unknown[] = []
    const mount: Mount = () =>
      createServer(async (req, res) => {
        const given = fromIncoming(req, res)
        given.client.signal.addEventListener('abort', () =>
          reasons.push(codeOf(given.client.signal.reason)),
        )
        res.end(`${given.method} ${given.target} ${await readText(given.body)}`)
      })
    const host = await start(() => text(''), mount)
    assert.is((await host.ask(post('/x', 'hello'))).content, 'POST /x hello')
    await turn(20)
    assert.equal(reasons, ['REQUEST_OVER'])
  }),
)

incoming(
  'without res, the signal aborts when the client has gone, and inform does nothing',
  hosting(async (start) => {
    const gone = deferred<unknown>()
    const mount: Mount = () =>
      createServer((req) => {
        const { client } = fromIncoming(req)
        client.inform(103)
        client.signal.addEventListener('abort', () => gone.resolve(codeOf(client.signal.reason)))
      })
    const host = await start(() => text(''), mount)
    const client = await host.connect()
    client.send(post('/', 'x').replace('content-length: 1', 'content-length: 2'))
    await turn(30)
    client.reset()
    assert.is(await gone.promise, 'READER_GONE')
  }),
)

for (const [name, sent] of [
  ['without content', get()],
  ['whose content was read', post('/', 'hello')],
] as const)
  incoming(
    `without res, the signal of a request ${name} aborts when the response is complete, and not before`,
    hosting(async (start) => {
      const reasons: unknown[] = []
      const mount: Mount = () =>
        createServer(async (req, res) => {
          const { body, client } = fromIncoming(req)
          client.signal.addEventListener('abort', () => reasons.push(codeOf(client.signal.reason)))
          await readText(body)
          await turn(20)
          res.write(`${reasons.length} `)
          await turn(20)
          res.end(`${reasons.length}`)
        })
      const host = await start(() => text(''), mount)
      const connection = await host.connect()
      for (const wanted of [['REQUEST_OVER'], ['REQUEST_OVER', 'REQUEST_OVER']]) {
        const already = wanted.length - 1
        connection.send(sent)
        assert.is((await readResponse(connection)).content, `${already} ${already}`)
        await turn(20)
        assert.equal(reasons, wanted)
      }
    }),
  )

incoming(
  'without res, the signal of a pipelined request aborts when its connection closes',
  hosting(async (start) => {
    const gone = deferred<unknown>()
    const both = deferred()
    const mount: Mount = () =>
      createServer((req) => {
        if (req.url === '/first') return
        const { client } = fromIncoming(req)
        client.signal.addEventListener('abort', () => gone.resolve(codeOf(client.signal.reason)))
        both.resolve()
      })
    const host = await start(() => text(''), mount)
    const client = await host.connect()
    client.send(get('/first') + get('/second'))
    await both.promise
    client.reset()
    assert.is(await gone.promise, 'READER_GONE')
  }),
)

incoming.run()
