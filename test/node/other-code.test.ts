// Other code on the same `res`: fields that it has set, a `writeHead` that it has replaced, a response that it has begun.
import { createServer } from 'node:http'
import { fields } from '@sluice/body'
import { toListener } from '@sluice/node'
import { empty, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { hosting } from '../support/node/hosting.ts'
import { readHead } from '../support/server/read-response.ts'
import { get } from '../support/server/serving.ts'
import { turn } from '../support/within.ts'
import type { ServerResponse } from 'node:http'
import type { HttpResponse } from '@sluice/stack'
import type { Mount } from '../support/node/hosting.ts'

/** A listener behind code that has had `res` before it. */
const behind =
  (other: (res: ServerResponse) => void): Mount =>
  (handler, options) => {
    const listener = toListener(handler, options)
    return createServer((req, res) => {
      other(res)
      listener(req, res)
    })
  }

/** Takes `writeHead` as on-headers 1.0.2 does: a list is one of pairs. */
const oldOnHeaders = (res: ServerResponse): void => {
  const { writeHead } = res
  const replaced = (status: number, list?: unknown) => {
    res.statusCode = status
    if (Array.isArray(list)) for (const pair of list) res.setHeader(pair[0], pair[1])
    else if (typeof list === 'object' && list !== null)
      for (const [name, value] of Object.entries(list)) res.setHeader(name, value)
    res.setHeader('x-seen', String(res.getHeader('content-type')))
    return writeHead.call(res, res.statusCode)
  }
  Object.assign(res, { writeHead: replaced })
}

const chunks = (headers = {}): HttpResponse =>
  stream(
    (async function* () {
      yield 'a '
      yield { kind: 'flush' } as const
      yield 'page'
    })(),
    { headers },
  )

const replaced = suite('toListener: a writeHead that other code has replaced')

const cookies = fields([
  ['set-cookie', 'a=1'],
  ['set-cookie', 'b=2'],
  ['content-type', 'text/x'],
])

for (const [name, make] of [
  ['a whole response', () => text('a page', { headers: cookies })],
  ['a stream', () => chunks(cookies)],
] as const) {
  replaced(
    `reads the head of ${name} as it is`,
    hosting(async (start) => {
      const mounts = [
        behind(oldOnHeaders),
        behind((res) => {
          res.setHeader('Set-Cookie', 'session=1')
          oldOnHeaders(res)
        }),
      ]
      for (const [at, mount] of mounts.entries()) {
        const host = await start(make, mount)
        const response = await host.ask(get())
        assert.is(response.status, 200)
        assert.is(response.fields.get('x-seen'), 'text/x')
        const ours = ['a=1', 'b=2']
        assert.equal(response.fields.getSetCookie(), at === 0 ? ours : ['session=1', ...ours])
        assert.is(response.content, 'a page')
        assert.equal(host.told, [])
      }
    }),
  )
}

replaced(
  'if it throws, the response for the error has its own fields and reason',
  hosting(async (start) => {
    const host = await start(
      () => text('a page', { headers: { 'x-a': 'ours', 'x-b': 'ours' } }),
      behind((res) => {
        res.setHeader('x-b', 'theirs')
        const { writeHead } = res
        let calls = 0
        res.writeHead = (status: number) => {
          if (calls++ === 0) throw new Error('not this head')
          return writeHead.call(res, status)
        }
      }),
    )
    const client = await host.connect()
    client.send(get())
    const head = await client.takeTo('\r\n\r\n')
    assert.match(head, /^HTTP\/1.1 500 Internal Server Error\r\n/)
    assert.is(/x-a/i.test(head), false)
    assert.match(head, /x-b: theirs/)
    assert.is(host.told.length, 1)
  }),
)

replaced.run()

const framing = suite('toListener: framing that other code has set')

for (const [name, value, make, wanted] of [
  ['transfer-encoding', 'chunked', () => text('a page'), { 'content-length': '6' }],
  ['transfer-encoding', 'gzip', () => chunks(), { 'transfer-encoding': 'chunked' }],
  ['transfer-encoding', 'chunked', () => empty(), {}],
  ['content-length', '3', () => chunks(), { 'transfer-encoding': 'chunked' }],
  ['content-length', '3', () => text('a page'), { 'content-length': '6' }],
  ['trailer', 'x-t', () => text('a page'), { 'content-length': '6' }],
  ['trailer', 'x-t', () => chunks(), { 'transfer-encoding': 'chunked', trailer: 'x-t' }],
] as const) {
  framing(
    `${name}: ${value} is not sent beside ${JSON.stringify(wanted)}`,
    hosting(async (start) => {
      const host = await start(
        make,
        behind((res) => res.setHeader(name, value)),
      )
      const response = await host.ask(get())
      assert.is(response.content, response.status === 204 ? '' : 'a page')
      const sent = ['content-length', 'trailer', 'transfer-encoding'].flatMap((each) => {
        const found = response.fields.get(each)
        return found === undefined ? [] : [[each, found]]
      })
      assert.equal(Object.fromEntries(sent), wanted)
      assert.equal(host.told, [])
    }),
  )
}

const trailer = { headers: { trailer: 'x-t' } }

for (const [name, request, make, isKept] of [
  ['content of a known length', get(), () => text('a page', trailer), false],
  ['HEAD', 'HEAD / HTTP/1.1\r\nhost: x\r\n\r\n', () => chunks(trailer.headers), false],
  ['a 304', get(), () => empty({ status: 304, ...trailer }), false],
  ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', () => chunks(trailer.headers), false],
  ['chunked content', get(), () => chunks(trailer.headers), true],
] as const) {
  framing(
    `the field trailer of a handler is ${isKept ? 'sent' : 'left out'}: ${name}`,
    hosting(async (start) => {
      for (const other of [() => {}, (res: ServerResponse) => res.setHeader('x-other', '1')]) {
        const host = await start(make, behind(other))
        const client = await host.connect()
        client.send(request)
        const { status, fields: sent } = await readHead(client)
        assert.is(status, name === 'a 304' ? 304 : 200)
        assert.is(sent.has('trailer'), isKept)
        assert.equal(host.told, [])
      }
    }),
  )
}

framing.run()

async function* later(): AsyncGenerator<string> {
  await turn(3)
  yield 'ours'
}

const begun = suite('toListener: a response that other code begins')

for (const [name, make] of [
  ['a handler works', () => turn(3).then(() => text('ours'))],
  ['a body gives nothing yet', () => stream(later())],
] as const) {
  begun(
    `while ${name}, as Fastify does without hijack(): the error names it`,
    hosting(async (start) => {
      const host = await start(make, (handler, options) => {
        const listener = toListener(handler, options)
        return createServer((req, res) => {
          listener(req, res)
          res.end('theirs')
        })
      })
      assert.is((await host.ask(get())).content, 'theirs')
      await turn(10)
      assert.equal(host.told.map(codeOf), ['RESPONSE_INVALID'])
      assert.match(String(host.told[0]), /begun to write to res.*reply\.hijack\(\).*ctx\.respond/)
    }),
  )
}

begun.run()
