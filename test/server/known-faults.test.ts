// Faults of other servers that bytes alone do not show; the others are rows of test/conformance, listed in known-faults.ts there.
import { collect, data, fields, readJson, readText, toBody } from '@sluice/body'
import { chunkedInput, lastChunk } from '@sluice/chunked-input'
import { limitBytes } from '@sluice/filter'
import { empty, input, json, stack, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watched } from '../support/bodies/sources.ts'
import { throwsAtOnce } from '../support/rejects.ts'
import { readResponse } from '../support/server/read-response.ts'
import { chunkedPost, reading } from '../support/server/reading-handler.ts'
import { requestOf } from '../support/server/request.ts'
import { get, post, request, serving } from '../support/server/serving.ts'
import type { Fields } from '@sluice/body'
import type { Handler } from '@sluice/stack'

const content = suite('known faults: unread content')

content(
  'content of any method is framed, and never parsed as a request',
  serving(async (start) => {
    const targets: string[] = []
    const site = await start(({ target }) => {
      targets.push(target)
      return text('')
    })
    for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'BREW']) {
      const client = await site.connect()
      const hidden = get('/hidden')
      client.send(request(method, '/1', `content-length: ${hidden.length}`) + hidden)
      await readResponse(client, method)
      const chunk = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`
      client.send(request(method, '/2', 'transfer-encoding: chunked') + chunk + get('/3'))
      await readResponse(client, method)
      await readResponse(client)
      client.destroy()
    }
    assert.equal([...new Set(targets)], ['/1', '/2', '/3'])
  }),
)
content(
  'unread content over the bound closes the connection, and what follows is not parsed',
  serving(async (start) => {
    const targets: string[] = []
    const site = await start(
      ({ target }) => {
        targets.push(target)
        return text('')
      },
      { maxUnreadBytes: 10 },
    )
    for (const sent of [
      post('/', 'x'.repeat(11)),
      chunkedPost(`b\r\n${'x'.repeat(11)}\r\n0\r\n\r\n`),
    ]) {
      const client = await site.connect()
      client.send(sent + get('/after'))
      assert.is((await readResponse(client)).status, 200)
      assert.equal(await client.takeRest(), Buffer.alloc(0))
      assert.is(client.ended, 'end')
    }
    assert.equal([...new Set(targets)], ['/'])
  }),
)

content.run()

const refusals = suite('known faults: after the last request')

// Node answers a request with close worse when more follows it.
refusals(
  'after a request with close nothing is parsed, and its answer is whole',
  serving(async (start) => {
    const { handler, targets } = reading()
    const site = await start(handler)
    for (const after of [get('/after'), '\0\0\0', 'GET / HTTP/1.1\r\n x\r\n\r\n', '\r\n\r\n\r\n']) {
      const client = await site.connect()
      client.send(post('/', 'hi', 'connection: close') + after)
      assert.is((await readResponse(client)).content, '/ hi')
      assert.equal(await client.takeRest(), Buffer.alloc(0))
      assert.is(client.ended, 'end')
    }
    assert.equal([...new Set(targets)], ['/'])
  }),
)
refusals(
  'after a refusal there is one answer and the end, however much follows',
  serving(async (start) => {
    const { handler, targets } = reading()
    const site = await start(handler)
    const client = await site.connect()
    client.send('G(T / HTTP/1.1\r\n\r\n'.repeat(3000) + get('/after'))
    assert.is((await readResponse(client)).status, 400)
    assert.equal(await client.takeRest(), Buffer.alloc(0))
    assert.is(client.ended, 'end')
    assert.equal(targets, [])
  }),
)
refusals.run()

const names = suite('known faults: names and values')

// CVE-2026-21710 (Node): `__proto__` as a field name.
names(
  'names that objects have are names as others, in fields and trailers',
  serving(async (start) => {
    const site = await start(async ({ headers, body }) => {
      const { trailers } = await collect(body)
      const found = ['__proto__', 'constructor', 'tostring', 'hasownproperty'].map((name) => [
        ...headers.getAll(name),
        ...trailers.getAll(name),
      ])
      return json(found)
    })
    const section = '0\r\n__proto__: c\r\n\r\n'
    const sent = chunkedPost(section).replace(
      'host: a\r\n',
      'host: a\r\n__proto__: a\r\n__PROTO__: b\r\nconstructor: d\r\n',
    )
    assert.is((await site.ask(sent)).content, '[["a","b","c"],["d"],[],[]]')
    assert.is(Object.getPrototypeOf({}), Object.prototype)
  }),
)
// CVE-2026-1525 (undici): names that differ in their case, written both.
names(
  'on the way out names that differ in case are one, and two lengths are no response',
  serving(async (start) => {
    const site = await start(({ target }) =>
      target === '/two'
        ? text('hi', {
            headers: [
              ['Content-Length', '2'],
              ['content-length', '3'],
            ],
          })
        : text('hi', { headers: { 'X-A': '1', 'x-a': '2' } }),
    )
    const answer = await site.ask(get())
    assert.equal(answer.fields.getAll('x-a'), ['1', '2'])
    assert.not(answer.head.includes('X-A'))
    assert.is((await site.ask(get('/two'))).status, 500)
    assert.is(site.told.length, 1)
  }),
)

/** Field lines of another make, which checks nothing. */
const unchecked = (name: string, value: string): Fields => ({
  ...{ size: 1, get: () => value, getAll: () => [value], getSetCookie: () => [], has: () => true },
  ...{
    with: () => fields(),
    withAdded: () => fields(),
    withAll: () => fields(),
    without: () => fields(),
  },
  *[Symbol.iterator]() {
    yield [name, value] as const
  },
})

names(
  'nor is a value that would split a message written from a list of another make, in a head, an informational head and trailers',
  serving(async (start) => {
    const handlers: Record<string, Handler> = {
      '/head': () => ({ ...empty({ status: 200 }), headers: unchecked('x', 'a\r\nb: c') }),
      '/name': () => ({ ...empty({ status: 200 }), headers: unchecked('x: y\r\nb', 'c') }),
      '/inform': ({ client }) => {
        client.inform(103, unchecked('x', 'a\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'))
        return text('never')
      },
    }
    const site = await start((request) => handlers[request.target]?.(request) ?? text(''))
    for (const target of Object.keys(handlers)) {
      const answer = await site.ask(get(target))
      assert.is(answer.status, 500, target)
      assert.not(answer.head.includes('b: c'), target)
      assert.is(answer.content, '')
    }
    assert.is(site.told.length, 3)
    throwsAtOnce(() => lastChunk(unchecked('x', 'a\r\nb: c')), TypeError)
  }),
)
names.run()

const bounds = suite('known faults: bounds of bodies')

const tooLong = 'x'.repeat(1001)
const sentAs = [post('/', tooLong), chunkedPost(`3e9\r\n${tooLong}\r\n0\r\n\r\n`)]

// CVE-2026-44456 and CVE-2026-54288 (Hono): Content-Length was believed, and what was counted came too late.
bounds(
  'a bound counts what is read, by length and chunked alike, and is a 413',
  serving(async (start) => {
    const handlers: readonly Handler[] = [
      async ({ body }) => text(await readText(body, { maxBytes: 1000 })),
      stack(input(limitBytes({ maxBytes: 1000 })))(async ({ body }) => text(await readText(body))),
    ]
    for (const handler of handlers) {
      const site = await start(handler)
      for (const sent of sentAs) {
        assert.is((await site.ask(sent)).status, 413)
        const fits = sent.replace('3e9', '3e8').replace('1001', '1000').replace('xx', 'x')
        assert.is((await site.ask(fits)).content.length, 1000)
      }
    }
  }),
)
bounds(
  'to swallow its error does not undo it: nothing over the bound is ever given',
  serving(async (start) => {
    const given: number[] = []
    const site = await start(
      stack(input(limitBytes({ maxBytes: 1000 })))(async ({ body }) => {
        const source = body[Symbol.asyncIterator]()
        let bytes = 0
        for (let tries = 0; tries < 10; tries++) {
          const next = await source.next().catch(() => undefined)
          if (next?.done === false && next.value.kind === 'data') bytes += next.value.bytes.length
        }
        given.push(bytes)
        return text('all is well')
      }),
    )
    for (const sent of sentAs) {
      const client = await site.connect()
      client.send(sent.slice(0, -500))
      await site.round()
      client.send(sent.slice(-500) + get('/after'))
      assert.is((await readResponse(client)).status, 200)
      // The rest is within what is read out to keep the connection: the next request is the next one.
      assert.is((await readResponse(client)).status, 200)
      client.destroy()
    }
    assert.ok(
      given.every((bytes) => bytes <= 1000),
      String(given),
    )
  }),
)
bounds('a middleware that decodes is bounded by what comes out of it', async () => {
  const { body } = watched([data(Buffer.from(`3e9\r\n${tooLong}\r\n0\r\n\r\n`))])
  const app = stack(chunkedInput())(async (request) =>
    text(await readText(request.body, { maxBytes: 1000 })),
  )
  const headers = { 'transfer-encoding': 'chunked' }
  const request = requestOf({ method: 'POST', headers, body })
  let code: unknown
  try {
    await app(request)
  } catch (error) {
    code = error instanceof Error && 'code' in error && error.code
  }
  assert.is(code, 'BODY_TOO_LARGE')
})
// Of the bodies read whole here that is JSON; multipart and codings of content are not this server's.
bounds('JSON with the names of objects makes no object another', async () => {
  const value = await readJson(toBody('{"__proto__":{"admin":true},"constructor":{"x":1}}'))
  assert.equal(Object.keys(Object(value)), ['__proto__', 'constructor'])
  assert.is(Reflect.get({}, 'admin'), undefined)
  assert.is(Object.getPrototypeOf(value), Object.prototype)
})

bounds.run()
