// The same over TLS, and closing on signals.

import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { readText } from '@sluice/body'
import { pause } from '@sluice/pause'
import { closeOnSignal } from '@sluice/server'
import { empty, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { RawClient } from '../support/server/raw-client.ts'
import { readChunk, readHead, readResponse } from '../support/server/read-response.ts'
import { selfSigned } from '../support/server/self-signed.ts'
import { get, post, serving } from '../support/server/serving.ts'
import { deferred, within } from '../support/within.ts'
import type { ConnectionOptions, TlsOptions } from 'node:tls'
import type { Frame } from '@sluice/body'
import type { Client } from '@sluice/stack'

const tls = selfSigned

const connect = (port: number, to: ConnectionOptions = {}): Promise<RawClient> =>
  new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', ca: selfSigned.cert, allowHalfOpen: true, ...to }
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
    const { server } = await start(() => stream(body()), { tls, halfClosedTimeoutMs: 1 })
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

// Each costs the server ten times what it costs the client; Node counts them, and leaves what to do to whoever listens.
secure(
  'a client of TLS 1.2 that renegotiates without end is cut',
  serving(async (start) => {
    let aborted = false
    const { server, told } = await start(
      ({ client }) => {
        client.signal.addEventListener('abort', () => {
          aborted = true
        })
        return new Promise(() => {})
      },
      { tls },
    )
    const to = { port: server.port, host: '127.0.0.1', ca: selfSigned.cert }
    const socket = connectTls({
      ...to,
      maxVersion: 'TLSv1.2',
      checkServerIdentity: () => undefined,
    }).on('error', () => {})
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    socket.resume().write(get())
    const closed = new Promise((resolve) => socket.once('close', resolve))
    let done = 0
    const renegotiate = () => {
      if (socket.destroyed || done === 20) return
      socket.renegotiate({}, (error) => {
        if (error !== null) return
        done++
        setImmediate(renegotiate)
      })
    }
    renegotiate()
    await within(20_000, closed)
    assert.ok(done < 10, `${done} renegotiations`)
    while (!aborted) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(told, [])
  }),
)

secure(
  'with no time-out for heads there is none for handshakes',
  serving(async (start) => {
    const headTimeoutMs = Number.POSITIVE_INFINITY
    const { server } = await start(() => text('hello'), { tls, headTimeoutMs })
    const client = await connect(server.port)
    client.send(get())
    assert.is((await readResponse(client)).content, 'hello')
    client.destroy()
  }),
)

const broken = new Error('broken')

/** Callbacks of `node:tls` that fail, in each way that a callback can. */
const failing: readonly (readonly [string, TlsOptions])[] = [
  [
    'an SNICallback that throws',
    {
      SNICallback() {
        throw broken
      },
    },
  ],
  ['an SNICallback that rejects', { SNICallback: async () => Promise.reject(broken) }],
  ['an SNICallback that gives an error', { SNICallback: (_name, done) => done(broken) }],
  [
    'an ALPNCallback that throws',
    {
      ALPNCallback() {
        throw broken
      },
    },
  ],
]

for (const [name, callbacks] of failing)
  secure(
    `${name} is told, and ends that handshake only`,
    serving(async (start) => {
      const { server, told } = await start(() => text('hello'), { tls: { ...tls, ...callbacks } })
      const to = { port: server.port, host: '127.0.0.1', rejectUnauthorized: false }
      for (let i = 1; i <= 2; i++) {
        const asked = { ...to, servername: 'a.example', ALPNProtocols: ['http/1.1'] }
        const socket = connectTls(asked).on('error', () => {})
        await within(20_000, new Promise((resolve) => socket.once('close', resolve)))
        assert.is(told.length, i)
      }
      assert.ok(told.every((error) => error === broken))
    }),
  )

secure(
  'an SNICallback that answers twice, and then rejects, has answered once',
  serving(async (start) => {
    const SNICallback: TlsOptions['SNICallback'] = async (_name, done) => {
      done(null, undefined)
      done(broken)
      throw broken
    }
    const { server, told } = await start(() => text('hello'), { tls: { ...tls, SNICallback } })
    const client = await connect(server.port, { servername: 'localhost' })
    client.send(get())
    assert.is((await readResponse(client)).content, 'hello')
    client.destroy()
    assert.equal(told, [broken])
  }),
)

secure(
  'client.tls has the protocol, the name and the certificate of the client, also after it has gone',
  serving(async (start) => {
    const found: Client[] = []
    const options = { requestCert: true, rejectUnauthorized: false, ca: selfSigned.cert }
    const { server } = await start(
      ({ client }) => {
        found.push(client)
        return text('hello')
      },
      { tls: { ...tls, ...options } },
    )
    for (const to of [
      { ...selfSigned, servername: 'a.example', maxVersion: 'TLSv1.2' },
      { servername: '' },
    ] as const) {
      const client = await connect(server.port, to)
      client.send(get())
      await readResponse(client)
      client.destroy()
    }
    while (server.connections > 0) await new Promise((resolve) => setImmediate(resolve))
    const [first, second] = found.map((client) => client.tls)
    assert.is(first?.protocol, 'TLSv1.2')
    assert.is(first?.serverName, 'a.example')
    assert.is(first?.authorized, true)
    assert.is(first?.peerCertificate?.subject, 'CN=localhost')
    const der = Buffer.from(selfSigned.cert.replace(/-----.*-----/g, ''), 'base64')
    assert.ok(der.equals(first?.peerCertificate?.raw ?? Buffer.alloc(0)))
    assert.is(second?.protocol, 'TLSv1.3')
    assert.is(second?.serverName, undefined)
    assert.is(second?.authorized, false)
    assert.is(second?.peerCertificate, undefined)
  }),
)

secure(
  'client.tls is undefined without TLS',
  serving(async (start) => {
    const site = await start(({ client }) => text(String(client.tls)))
    assert.is((await site.ask(get())).content, 'undefined')
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
