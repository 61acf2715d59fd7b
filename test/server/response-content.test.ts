// What stands on the wire of a response: its framing, its chunks, when each leaves.
import '../support/steady-turns.ts'
import { data, fields, toBody } from '@sluice/body'
import { fromPull } from '@sluice/body/engine'
import { empty, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { handFed, watched } from '../support/bodies/sources.ts'
import { codeOf } from '../support/code-of.ts'
import { readChunk, readHead, readResponse } from '../support/server/read-response.ts'
import { get, request, serving } from '../support/server/serving.ts'
import { deferred } from '../support/within.ts'
import type { Body, Flush, Frame, Trailers } from '@sluice/body'
import type { Handler } from '@sluice/stack'

const flush: Flush = { kind: 'flush' }
const trailers: Trailers = { kind: 'trailers', fields: fields({ 'x-sum': '9' }) }
const part = (content: string) => data(Buffer.from(content, 'latin1'))

/** A handler whose body gives these frames at once. */
const frames =
  (...given: readonly (Frame | { readonly kind: 'progress' })[]): Handler =>
  () =>
    stream(given)

const get10 = (target: string, ...lines: readonly string[]) =>
  `GET ${target} HTTP/1.0\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`

const framing = suite('server: framing of responses')

framing(
  'a body that knows its length has a content-length and no chunks',
  serving(async (start) => {
    const site = await start(() => text('hello'))
    const answer = await site.ask(get())
    assert.is(answer.content, 'hello')
    assert.is(answer.fields.get('content-length'), '5')
    assert.not(answer.fields.has('transfer-encoding'))
  }),
)

framing(
  'a 205 has no content (RFC 9110 15.3.6), and the connection goes on',
  serving(async (start) => {
    const site = await start(() => text('not wanted', { status: 205 }))
    const client = await site.connect()
    for (let i = 0; i < 2; i++) {
      client.send(get())
      const answer = await readResponse(client)
      assert.is(answer.status, 205)
      assert.is(answer.content, '')
      assert.is(answer.fields.get('content-length'), '0')
    }
  }),
)

framing(
  'a 426 names the protocol and the option of it (RFC 9110 15.5.22), and nobody is told',
  serving(async (start) => {
    const site = await start(() => text('', { status: 426, headers: { upgrade: 'websocket' } }))
    const { fields: head } = await site.ask(get())
    assert.is(head.get('upgrade'), 'websocket')
    assert.is(head.get('connection'), 'upgrade')
    assert.equal(site.told, [])
  }),
)

framing(
  'fields of the connection that a handler sets are not sent, and onError is told of them once a response',
  serving(async (start) => {
    const headers = { 'transfer-encoding': 'gzip', upgrade: 'h2c', 'keep-alive': 'timeout=5' }
    const site = await start(() => text('hello', { headers }))
    const client = await site.connect()
    for (let i = 0; i < 2; i++) {
      client.send(get())
      const answer = await readResponse(client)
      assert.is(answer.content, 'hello')
      for (const name of Object.keys(headers)) assert.not(answer.fields.has(name))
    }
    assert.equal(site.told.map(codeOf), ['RESPONSE_INVALID', 'RESPONSE_INVALID'])
    assert.match(String(site.told[0]), /transfer-encoding, upgrade, keep-alive/)
  }),
)

framing(
  'a body that does not know its length is chunked',
  serving(async (start) => {
    const site = await start(frames(part('hello')))
    const answer = await site.ask(get())
    assert.equal(answer.chunks, ['hello'])
    assert.is(answer.fields.get('transfer-encoding'), 'chunked')
    assert.not(answer.fields.has('content-length'))
  }),
)

framing(
  'an async generator of frames is a body as it stands',
  serving(async (start) => {
    async function* body(): AsyncGenerator<Frame> {
      yield part('one, ')
      yield part('two')
    }
    const site = await start(() => ({ status: 200, headers: fields(), body: body() }))
    assert.is((await site.ask(get())).content, 'one, two')
  }),
)

framing(
  'a body without a byte is a last chunk alone',
  serving(async (start) => {
    const site = await start(frames())
    const answer = await site.ask(get())
    assert.equal(answer.chunks, [])
    assert.is(answer.fields.get('transfer-encoding'), 'chunked')
  }),
)

framing(
  'the content-length of a handler frames a body that does not know its length',
  serving(async (start) => {
    const headers = { 'content-length': 10 }
    const site = await start(() => stream([part('01234'), flush, part('56789')], { headers }))
    const client = await site.connect()
    for (let i = 0; i < 2; i++) {
      client.send(get())
      const answer = await readResponse(client)
      assert.is(answer.content, '0123456789')
      assert.not(answer.fields.has('transfer-encoding'))
    }
  }),
)

for (const [name, given] of [
  ['HEAD', text('hello')],
  ['204', { ...text('hello'), status: 204 }],
  ['304', { ...text('hello'), status: 304 }],
] as const)
  framing(
    `${name}: no byte of content, the body is closed unread, the connection goes on`,
    serving(async (start) => {
      const source = watched([part('hello')])
      const site = await start(() => ({ ...given, body: source.body }))
      const method = name === 'HEAD' ? 'HEAD' : 'GET'
      const client = await site.connect()
      client.send(request(method, '/'))
      await readResponse(client, method)
      assert.is(source.pulls, 0)
      assert.is(source.closes, 1)
      client.send('BAD\r\n')
      assert.is((await readResponse(client)).status, 400)
    }),
  )

framing(
  'a generator that nothing was asked of is never started',
  serving(async (start) => {
    const ran: string[] = []
    const body = (async function* (): AsyncGenerator<Frame> {
      ran.push('started')
      yield part('hello')
    })()
    const site = await start(() => ({ status: 200, headers: fields(), body }))
    await site.ask(request('HEAD', '/'))
    assert.equal(ran, [])
    assert.equal(await body.next(), { done: true, value: undefined }, 'it was closed')
  }),
)

framing(
  'HTTP/1.0 gets no chunks: the end of the connection ends the content',
  serving(async (start) => {
    const site = await start(frames(part('one, '), flush, part('two'), trailers))
    const client = await site.connect()
    client.send(get10('/', 'connection: keep-alive'))
    const answer = await readResponse(client)
    assert.is(answer.content, 'one, two')
    assert.not(answer.fields.has('transfer-encoding'))
    assert.is(answer.fields.get('connection'), 'close')
  }),
)

framing(
  'HTTP/1.0 closes, and stays open where it asked to and the length is known',
  serving(async (start) => {
    const site = await start(() => text('hello'))
    const client = await site.connect()
    client.send(get10('/', 'Connection: Keep-Alive'))
    const first = await readResponse(client)
    assert.is(first.fields.get('connection'), 'keep-alive')
    client.send(get10('/'))
    const second = await readResponse(client)
    assert.is(second.fields.get('connection'), 'close')
    assert.is((await client.takeRest()).length, 0)
    assert.is(client.ended, 'end')
  }),
)

framing(
  'trailers stand after the last chunk',
  serving(async (start) => {
    const site = await start(frames(part('hello'), trailers))
    const answer = await site.ask(get())
    assert.is(answer.content, 'hello')
    assert.equal([...answer.trailers], [['x-sum', '9']])
  }),
)

framing(
  'trailers of a response with a length are dropped',
  serving(async (start) => {
    const headers = { 'content-length': 5 }
    const site = await start(() => stream([part('hello'), trailers], { headers }))
    const client = await site.connect()
    for (let i = 0; i < 2; i++) {
      client.send(get())
      assert.is((await readResponse(client)).content, 'hello')
    }
  }),
)

framing(
  'frames of unknown kinds do not get on the wire, and do no harm',
  serving(async (start) => {
    const site = await start(frames({ kind: 'progress' }, part('hello'), { kind: 'progress' }))
    assert.equal((await site.ask(get())).chunks, ['hello'])
  }),
)

framing(
  'a response has one date, in the form of RFC 9110 5.6.7',
  serving(async (start) => {
    const site = await start(() => empty())
    const { fields: found } = await site.ask(get())
    assert.equal(found.getAll('date').length, 1)
    const date = found.get('date') ?? ''
    assert.is(new Date(date).toUTCString(), date)
  }),
)

framing.run()

const chunks = suite('server: when bytes leave')

chunks(
  'what is there at once goes in one chunk',
  serving(async (start) => {
    const site = await start(frames(part('a'), part('b'), part('c')))
    assert.equal((await site.ask(get())).chunks, ['abc'])
  }),
)

chunks(
  'a flush splits what is there at once',
  serving(async (start) => {
    const site = await start(frames(part('a'), part('b'), flush, part('c'), flush))
    assert.equal((await site.ask(get())).chunks, ['ab', 'c'])
  }),
)

chunks(
  'no chunk of size 0 stands before the end, whatever the body gives',
  serving(async (start) => {
    const nothing = data(new Uint8Array())
    const given = [flush, flush, nothing, flush, part('a'), nothing, flush, flush, nothing]
    const site = await start(() => ({
      status: 200,
      headers: fields(),
      body: fromPull(() => {
        const left = given.slice()
        return { pull: () => left.shift(), close() {} }
      }),
    }))
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    assert.is(await readChunk(client), 'a')
    assert.is(await readChunk(client), undefined)
    assert.is(await client.takeTo('\r\n'), '\r\n')
    client.send(get('/', 'connection: close'))
    await client.takeRest()
  }),
)

chunks(
  'the head arrives after a flush, while the body has given no byte',
  serving(async (start) => {
    const source = handFed<Frame>()
    const site = await start(() => stream(source.body))
    const client = await site.connect()
    client.send(get())
    await site.until(() => source.waiting, 'the pull')
    assert.is(client.text, '')
    source.give(flush)
    assert.is((await readHead(client)).status, 200)
    await site.until(() => source.waiting, 'the pull')
    assert.is(client.text, '', 'and no chunk')
    source.give(part('late'))
    assert.is(await readChunk(client), 'late')
    await site.until(() => source.waiting, 'the pull')
    source.end()
    assert.is(await readChunk(client), undefined)
  }),
)

chunks(
  'data leaves without a flush as soon as the source has nothing more at once',
  serving(async (start) => {
    const source = handFed<Frame>()
    const site = await start(() => stream(source.body))
    const client = await site.connect()
    client.send(get())
    for (const content of ['one', 'two', 'three']) {
      await site.until(() => source.waiting, 'the pull')
      source.give(part(content))
      if (content === 'one') await readHead(client)
      assert.is(await readChunk(client), content)
    }
    await site.until(() => source.waiting, 'the pull')
    source.end()
    assert.is(await readChunk(client), undefined)
  }),
)

chunks(
  'a pause lets go what is there, and the rest follows when it is over',
  serving(async (start) => {
    const { promise: until, resolve } = deferred()
    const site = await start(frames(part('a'), { kind: 'pause', until }, part('b')))
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    assert.is(await readChunk(client), 'a')
    resolve()
    assert.is(await readChunk(client), 'b')
    assert.is(await readChunk(client), undefined)
  }),
)

chunks(
  'a burst larger than highWaterBytes goes in several chunks, every byte right',
  serving(async (start) => {
    const bytes = Buffer.from(Array.from({ length: 5000 }, (_, at) => at % 251))
    const pieces = Array.from({ length: 50 }, (_, at) =>
      data(bytes.subarray(at * 100, at * 100 + 100)),
    )
    const site = await start(frames(...pieces), { highWaterBytes: 1000 })
    const answer = await site.ask(get())
    assert.is(answer.content, bytes.toString('latin1'))
    assert.equal(
      answer.chunks.map((chunk) => chunk.length),
      [1000, 1000, 1000, 1000, 1000],
    )
  }),
)

chunks(
  'a frame larger than highWaterBytes is cut, every byte right',
  serving(async (start) => {
    const bytes = Buffer.from(Array.from({ length: 2500 }, (_, at) => at % 251))
    const site = await start(frames(part('x'), data(bytes)), { highWaterBytes: 1000 })
    const answer = await site.ask(get())
    assert.is(answer.content, `x${bytes.toString('latin1')}`)
    assert.ok(answer.chunks.every((chunk) => chunk.length <= 2000))
  }),
)

chunks(
  'a frame is left as it was: who gave it may keep it',
  serving(async (start) => {
    const bytes = Buffer.from('hello')
    const site = await start(
      (): { status: number; headers: ReturnType<typeof fields>; body: Body } => ({
        status: 200,
        headers: fields(),
        body: toBody([data(bytes), flush, data(bytes)]),
      }),
    )
    assert.is((await site.ask(get())).content, 'hellohello')
    assert.is(bytes.toString(), 'hello')
  }),
)

chunks(
  'a source that always has something does not keep others from being answered',
  serving(async (start) => {
    const endless = fromPull<Frame>(() => ({ pull: () => part('x'.repeat(1000)), close() {} }))
    const site = await start(({ target }) => (target === '/endless' ? stream(endless) : text('hi')))
    const greedy = await site.connect()
    greedy.send(get('/endless'))
    await greedy.received(1_000_000)
    assert.is((await site.ask(get('/'))).content, 'hi')
    greedy.destroy()
  }),
)

chunks(
  'tens of thousands of tiny pieces arrive whole and in order',
  serving(async (start) => {
    const wanted = Array.from({ length: 60_000 }, (_, i) => String(i % 10))
    const site = await start(() => stream(wanted))
    assert.is((await site.ask(get('/'))).content, wanted.join(''))
  }),
)

type Given = Frame | { readonly kind: 'progress' }

/** Frames without end, for a test: a source that is asked for all of them in one turn has kept everybody waiting. */
const most = 50_000_000

for (const [name, frame] of [
  ['flushes', flush],
  ['frames of unknown kinds', { kind: 'progress' }],
  ['empty data', data(new Uint8Array())],
  ['single bytes', part('x')],
] as const)
  for (const later of [false, true])
    chunks(
      `nor does one that gives nothing but ${name}${later ? ', from a generator that waits for nothing' : ''}`,
      serving(async (start) => {
        let given = 0
        async function* generator(): AsyncGenerator<Given> {
          while (given++ < most) yield frame
        }
        const pulled = fromPull<Given>(() => ({
          pull: () => (given++ < most ? frame : undefined),
          close() {},
        }))
        const site = await start(({ target }) =>
          target === '/endless' ? stream(later ? generator() : pulled) : text('hi'),
        )
        const greedy = await site.connect()
        greedy.send(get('/endless'))
        await site.until(() => given > 0, 'the first pull')
        assert.is((await site.ask(get('/'))).content, 'hi')
        assert.ok(given < most, 'the other was answered when it had ended')
      }),
    )

chunks.run()
