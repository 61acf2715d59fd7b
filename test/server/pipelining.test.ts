// Requests that come before their turn: answered in order, one handler at a time, and bounded (RFC 9112 9.3.2).
import { data, readText } from '@sluice/body'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { handFed } from '../support/bodies/sources.ts'
import { readHead, readResponse } from '../support/server/read-response.ts'
import { get, post, request, serving } from '../support/server/serving.ts'
import { deferred } from '../support/within.ts'
import type { Frame } from '@sluice/body'

const pipelining = suite('server: pipelining')

pipelining(
  'a connection serves one request after another',
  serving(async (start) => {
    const site = await start(({ target }) => text(target))
    const client = await site.connect()
    for (const target of ['/1', '/2', '/3']) {
      client.send(get(target))
      assert.is((await readResponse(client)).content, target)
    }
    assert.is(site.server.connections, 1)
  }),
)

pipelining(
  'requests that come together and compute are served in turns: another client is answered between',
  serving(async (start) => {
    let served = 0
    const site = await start(({ target }) => {
      if (target === '/other') return text('other')
      const until = performance.now() + 3
      while (performance.now() < until);
      served++
      return text(target)
    })
    const client = await site.connect()
    client.send(get('/many').repeat(200))
    await site.until(() => served > 0, 'the first')
    assert.is((await site.ask(get('/other'))).content, 'other')
    assert.ok(served < 200, `${served} were served before it`)
    for (let i = 0; i < 200; i++) assert.is((await readResponse(client)).content, '/many')
  }),
)

for (const [name, later] of [
  ['at once', false],
  ['later', true],
] as const)
  pipelining(
    `10,001 requests behind one slow: in order, one handler at a time, that answer ${name}`,
    serving(async (start) => {
      const { promise: slow, resolve } = deferred()
      let running = 0
      let most = 0
      let begun = 0
      const site = await start(({ target }) => {
        running++
        begun++
        most = Math.max(most, running)
        const answer = () => {
          running--
          return text(target)
        }
        if (target === '/slow') return slow.then(answer)
        return later ? Promise.resolve().then(answer) : answer()
      })
      const client = await site.connect()
      const targets = ['/slow', ...Array.from({ length: 10_001 }, (_, at) => `/${at}`)]
      const sent = client.sendAll(Buffer.from(targets.map((target) => get(target)).join('')))
      await site.until(() => begun > 0, 'the first handler')
      await site.round()
      assert.is(begun, 1, 'the others wait')
      resolve()
      for (const target of targets) assert.is((await readResponse(client)).content, target)
      assert.ok(await sent)
      assert.is(most, 1)
    }),
  )

pipelining(
  'the next handler waits for the end of the body before it, not for its head',
  serving(async (start) => {
    const source = handFed<Frame>()
    const seen: string[] = []
    const site = await start(({ target }) => {
      seen.push(target)
      return target === '/1' ? stream(source.body) : text('second')
    })
    const client = await site.connect()
    client.send(get('/1') + get('/2'))
    await site.until(() => source.waiting, 'the pull')
    source.give(data(Buffer.from('first')))
    await readHead(client)
    await site.round()
    assert.equal(seen, ['/1'])
    source.end()
    await client.takeTo('0\r\n\r\n')
    assert.is((await readResponse(client)).content, 'second')
  }),
)

pipelining(
  'requests with content between others without, read and unread',
  serving(async (start) => {
    const site = await start(async ({ target, body }) =>
      text(target + (target === '/unread' ? '' : await readText(body))),
    )
    const client = await site.connect()
    const coded = `${request('PUT', '/c', 'transfer-encoding: chunked')}3\r\nGET\r\n0\r\n\r\n`
    client.send(get('/1') + post('/2', 'two') + post('/unread', get('/x')) + coded + get('/5'))
    for (const wanted of ['/1', '/2two', '/unread', '/cGET', '/5'])
      assert.is((await readResponse(client)).content, wanted)
  }),
)

pipelining(
  'answers before a malformed request come before its refusal, however slow they are',
  serving(async (start) => {
    const { promise: slow, resolve } = deferred()
    const site = await start(async ({ target }) => {
      if (target === '/slow') await slow
      return text(target)
    })
    const client = await site.connect()
    client.send(`${get('/1') + get('/slow') + get('/2')}BAD\r\n${get('/3')}`)
    assert.is((await readResponse(client)).content, '/1')
    await site.round()
    resolve()
    for (const target of ['/slow', '/2']) assert.is((await readResponse(client)).content, target)
    assert.is((await readResponse(client)).status, 400)
    assert.is((await client.takeRest()).length, 0)
    assert.is(client.ended, 'end')
  }),
)

pipelining(
  'an answer that is still on its way when the one behind it breaks is not lost',
  serving(async (start) => {
    const page = 'x'.repeat(1_000_000)
    const { promise: gate, resolve: open } = deferred()
    let begun = false
    async function* breaking(): AsyncGenerator<string> {
      yield 'part'
      begun = true
      await gate
      throw new Error('broken')
    }
    const site = await start(({ target }) => (target === '/1' ? text(page) : stream(breaking())))
    const client = await site.connect()
    client.pause()
    client.send(get('/1') + get('/2'))
    await site.until(() => begun, 'the second answer')
    // More than the server reads: what stands unread in its kernel makes a plain close a reset.
    let sent = 0
    const behind = Buffer.from(get('/3').repeat(1000))
    const pour = async () => {
      while (sent < 2 ** 24 && (await client.sendAll(behind))) sent += behind.length
    }
    const poured = pour()
    await site.standstill(() => sent)
    open()
    await site.round()
    client.resume()
    assert.is((await readResponse(client)).content, page)
    assert.is((await readHead(client)).status, 200)
    await client.takeTo('part')
    assert.not.match((await client.takeRest()).toString(), /0\r\n|HTTP/)
    client.destroy()
    await poured
  }),
)

for (const [name, first] of [
  ['a request that says close', get('/1', 'connection: close')],
  ['a request of HTTP/1.0', 'GET /1 HTTP/1.0\r\n\r\n'],
  ['an answer that says close', get('/close')],
] as const)
  pipelining(
    `nothing after ${name} is looked at, be it malformed (9.6)`,
    serving(async (start) => {
      for (const after of [get('/2'), 'BAD\r\n', '\0'.repeat(100_000)]) {
        const seen: string[] = []
        const site = await start(({ target }) => {
          seen.push(target)
          return text(target, target === '/close' ? { headers: { connection: 'close' } } : {})
        })
        const client = await site.connect()
        client.send(first + after)
        const answer = await readResponse(client)
        assert.is(answer.status, 200)
        assert.is(answer.fields.get('connection'), 'close')
        assert.is((await client.takeRest()).length, 0)
        assert.is(client.ended, 'end')
        assert.is(seen.length, 1)
      }
    }),
  )

pipelining(
  'a client that sends and does not read is not read from either, and loses nothing',
  serving(async (start) => {
    let handled = 0
    const page = 'x'.repeat(1000)
    const site = await start(() => {
      handled++
      return text(page)
    })
    const client = await site.connect()
    client.pause()
    const piece = Buffer.from(get('/', `x: ${'y'.repeat(900)}`).repeat(64))
    let sent = 0
    let over = false
    const pour = async () => {
      while (!over && (await client.sendAll(piece))) sent += 64
    }
    const poured = pour()
    const stood = await site.standstill(() => sent)
    const answered = await site.standstill(() => handled)
    assert.ok(stood < 64 * 1024, `${stood} requests of 1 KiB were taken`)
    assert.ok(answered <= stood + 64)
    over = true
    client.resume()
    await poured
    for (let i = 0; i < sent; i++) assert.is((await readResponse(client)).content, page)
  }),
)

pipelining(
  'answers to requests that came together leave together',
  serving(async (start) => {
    const site = await start(({ target }) => text(target))
    const client = await site.connect()
    const pieces: number[] = []
    client.socket.on('data', (bytes: Buffer) => pieces.push(bytes.length))
    client.send(get('/1') + get('/2') + get('/3'))
    for (const target of ['/1', '/2', '/3']) assert.is((await readResponse(client)).content, target)
    assert.is(pieces.length, 1)
  }),
)

pipelining(
  'one body for two answers: the second fails as a 500',
  serving(async (start) => {
    const shared = stream(['hello'])
    const site = await start(() => shared)
    const client = await site.connect()
    client.send(get() + get())
    assert.is((await readResponse(client)).content, 'hello')
    assert.is((await readResponse(client)).status, 500)
    assert.is(site.told.length, 1)
  }),
)

pipelining.run()
