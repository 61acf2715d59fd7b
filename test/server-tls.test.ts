// The same over TLS, and closing on signals.

import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { text as readText } from '@sluice/body'
import { pause } from '@sluice/pause'
import { closeOnSignal } from '@sluice/server'
import { empty, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RawClient } from './support/raw-client.ts'
import { readChunk, readHead, readResponse } from './support/read-response.ts'
import { selfSigned } from './support/self-signed.ts'
import { get, post, serving } from './support/serving.ts'
import { deferred, within } from './support/within.ts'
import type { Frame } from '@sluice/body'

const tls = selfSigned

const connect = (port: number): Promise<RawClient> =>
  new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', ca: selfSigned.cert, allowHalfOpen: true }
    const socket = connectTls({ ...options, checkServerIdentity: () => undefined }, () =>
      resolve(client),
    )
    const client = new RawClient(socket)
    socket.once('error', reject)
  })

const secure = suite('server: TLS')

secure(
  'requests are answered, with content both ways, pipelined',
  serving(async (start) => {
    const { server } = await start(
      async ({ target, body }) => text(target + (await readText(body))),
      { tls },
    )
    assert.is(server.url, `https://127.0.0.1:${server.port}`)
    const client = await connect(server.port)
    client.send(get('/1') + post('/2', 'hello') + get('/3', 'connection: close'))
    for (const wanted of ['/1', '/2hello', '/3'])
      assert.is((await readResponse(client)).content, wanted)
    await client.takeRest()
    assert.is(client.ended, 'end')
    client.destroy()
  }),
)

secure(
  '4 MiB come back byte by byte as they were sent',
  serving(async (start) => {
    const bytes = Buffer.from(
      Array.from({ length: 2 ** 22 }, (_, at) => (at * 7 + (at >> 8)) % 256),
    )
    const { server } = await start(({ body }) => ({ ...empty({ status: 200 }), body }), { tls })
    const client = await connect(server.port)
    client.send(post('/', '').replace('content-length: 0', `content-length: ${bytes.length}`))
    const sent = client.sendAll(bytes)
    await readHead(client)
    assert.ok((await client.take(bytes.length)).equals(bytes))
    assert.ok(await sent)
    client.destroy()
  }),
)

secure(
  'a client that closes its half gets its whole answer',
  serving(async (start) => {
    const { promise: gate, resolve: open } = deferred()
    const page = 'x'.repeat(1_000_000)
    let begun = false
    const site = await start(
      async () => {
        begun = true
        await gate
        return text(page)
      },
      { tls },
    )
    const client = await connect(site.server.port)
    client.send(get())
    client.halfClose()
    while (!begun) await new Promise((resolve) => setImmediate(resolve))
    open()
    assert.is((await readResponse(client)).content, page)
    await client.takeRest()
    client.destroy()
  }),
)

secure(
  'a body that breaks is no whole one, nor one that is cut at the end of grace',
  serving(async (start) => {
    const broken = new Error('broken')
    const { promise: gate, resolve: open } = deferred()
    async function* body(target: string): AsyncGenerator<Frame | string> {
      yield 'part'
      if (target === '/paused') yield pause().frame
      await gate
      throw broken
    }
    const { server, told } = await start(({ target }) => stream(body(target)), { tls })
    const first = await connect(server.port)
    first.send(get('/broken'))
    const second = await connect(server.port)
    second.send(get('/paused'))
    for (const client of [first, second]) {
      await readHead(client)
      assert.is(await readChunk(client), 'part')
      if (client === first) open()
      else await within(5000, server.close({ graceMs: 1 }))
      assert.not.match((await client.takeRest()).toString(), /0\r\n/)
    }
    assert.equal(told, [broken])
    first.destroy()
    second.destroy()
  }),
)

secure(
  'a client that goes closes the body',
  serving(async (start) => {
    let closed = 0
    async function* body(): AsyncGenerator<Frame | string> {
      try {
        yield 'part'
        yield pause().frame
      } finally {
        closed++
      }
    }
    const { server } = await start(() => stream(body()), { tls })
    const client = await connect(server.port)
    client.send(get())
    await readHead(client)
    await readChunk(client)
    client.destroy()
    while (closed === 0) await new Promise((resolve) => setImmediate(resolve))
    assert.is(closed, 1)
  }),
)

secure(
  'what is no handshake is cut, and closing does not wait for one',
  serving(async (start) => {
    const { server, told } = await start(() => text('hello'), { tls })
    const plain = new RawClient(connectTcp({ port: server.port, host: '127.0.0.1' }))
    plain.send(get())
    await plain.takeRest()
    const silent = new RawClient(connectTcp({ port: server.port, host: '127.0.0.1' }))
    await new Promise((resolve) => silent.socket.once('connect', resolve))
    const client = await connect(server.port)
    client.send(get('/', 'connection: close'))
    assert.is((await readResponse(client)).content, 'hello')
    client.destroy()
    await within(5000, server.close({ graceMs: 1 }))
    await silent.takeRest()
    assert.equal(told, [])
    plain.destroy()
    silent.destroy()
  }),
)

secure.run()

const onSignal = suite('server: closeOnSignal')

/** As the platform would tell of one, and without ending this process. */
const signal = 'SIGUSR2'

onSignal(
  'a signal closes: what runs comes to its end, and nothing listens after it',
  serving(async (start) => {
    const before = process.listenerCount(signal)
    const { promise: gate, resolve: open } = deferred()
    let begun = false
    const site = await start(async () => {
      begun = true
      await gate
      return text('late')
    })
    closeOnSignal(site.server, { signals: [signal], graceMs: 1_000_000 })
    assert.is(process.listenerCount(signal), before + 1)
    const client = await site.connect()
    client.send(get())
    await site.until(() => begun, 'the handler')
    process.emit(signal)
    open()
    assert.is((await readResponse(client)).content, 'late')
    await client.takeRest()
    client.destroy()
    await within(5000, site.server.closed)
    assert.is(process.listenerCount(signal), before)
  }),
)

onSignal(
  'a second signal cuts',
  serving(async (start) => {
    let begun = false
    const site = await start(() => {
      begun = true
      return new Promise(() => {})
    })
    closeOnSignal(site.server, { signals: [signal], graceMs: 1_000_000 })
    const client = await site.connect()
    client.send(get())
    await site.until(() => begun, 'the handler')
    process.emit(signal)
    process.emit(signal)
    await within(5000, site.server.closed)
    await client.takeRest()
  }),
)

onSignal.run()
