// Connections that another protocol takes over: by Upgrade, and tunnels by CONNECT. WebSocket is in web-socket.test.ts.
import { request as httpRequest } from 'node:http'
import { connect, createServer } from 'node:net'
import { readText } from '@sluice/body'
import { takeOver } from '@sluice/server'
import { HttpError, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { readHead, readResponse } from '../support/server/read-response.ts'
import { get, post, request, serving } from '../support/server/serving.ts'
import { deferred, within } from '../support/within.ts'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Handler } from '@sluice/stack'
import type { Site } from '../support/server/serving.ts'

const gone = (site: Site) =>
  site.until(() => site.server.connections === 0, 'the connections to be gone')

const upgrades = suite('takeOver: Upgrade')

/** Echoes, and lives through a client that resets. */
const echo = (socket: Duplex, head: Buffer) => {
  socket.on('error', () => {})
  if (head.length > 0) socket.write(head)
  socket.pipe(socket)
}

const upgrade = ['connection: upgrade', 'upgrade: echo']

upgrades(
  'a client of node:http gets the 101 and the socket',
  serving(async (start) => {
    const { server } = await start(() => takeOver(echo, { headers: { upgrade: 'echo' } }))
    const headers = { connection: 'upgrade', upgrade: 'echo' }
    const asked = httpRequest({ host: '127.0.0.1', port: server.port, headers }).end()
    const socket = await within(
      20_000,
      new Promise<Duplex>((resolve) => asked.once('upgrade', (_, found) => resolve(found))),
    )
    socket.write('hello')
    const back = await within(20_000, new Promise((resolve) => socket.once('data', resolve)))
    assert.is(String(back), 'hello')
    socket.destroy()
  }),
)

upgrades(
  'a protocol that the client did not offer is a 500, one of several is taken',
  serving(async (start) => {
    const site = await start(({ target }) =>
      takeOver(echo, { headers: { upgrade: target === '/other' ? 'websocket' : 'Echo' } }),
    )
    const offers = ['connection: upgrade', 'upgrade: h2c, echo']
    assert.is((await site.ask(request('GET', '/other', ...offers))).status, 500)
    assert.equal(site.told.map(codeOf), ['RESPONSE_INVALID'])
    const client = await site.connect()
    client.send(request('GET', '/', ...offers))
    assert.match(await client.takeTo('\r\n\r\n'), /^HTTP\/1.1 101 /)
    client.destroy()
  }),
)

upgrades(
  'it waits for its turn: answers to requests before it come first',
  serving(async (start) => {
    const gate = deferred()
    const site = await start(async ({ target }) => {
      if (target === '/over') return takeOver(echo, { headers: { upgrade: 'echo' } })
      await gate.promise
      return text(target)
    })
    const client = await site.connect()
    client.send(`${get('/1')}${get('/2')}${request('GET', '/over', ...upgrade)}behind it`)
    await site.round()
    assert.is(client.receivedBytes, 0)
    gate.resolve()
    assert.is((await readResponse(client)).content, '/1')
    assert.is((await readResponse(client)).content, '/2')
    assert.is((await readHead(client)).status, 101)
    assert.is(await client.takeTo('behind it'), 'behind it')
  }),
)
upgrades(
  'content that the handler has read is none of the next protocol’s',
  serving(async (start) => {
    const site = await start(async ({ body }) => {
      const content = await readText(body)
      return takeOver(echo, { headers: { upgrade: 'echo', 'x-content': content } })
    })
    for (const sent of [
      post('/', 'hello', ...upgrade),
      `${request('POST', '/', ...upgrade, 'transfer-encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`,
    ]) {
      const client = await site.connect()
      client.send(`${sent}behind it`)
      assert.is((await readHead(client)).fields.get('x-content'), 'hello')
      assert.is(await client.takeTo('behind it'), 'behind it')
    }
  }),
)
// RFC 9110 7.8: the protocol cannot change in the middle of a message.
upgrades(
  'content that nobody has read is none of the next protocol’s either',
  serving(async (start) => {
    const site = await start(() => takeOver(echo, { headers: { upgrade: 'echo' } }))
    const client = await site.connect()
    client.send(`${post('/', 'hello', ...upgrade)}behind it`)
    const { status } = await readHead(client)
    if (status === 101) assert.is(await client.takeTo('behind it'), 'behind it')
    else assert.is(status, 500)
  }),
)
upgrades(
  'a client that resets is the business of the one who took over',
  serving(async (start) => {
    const errors: unknown[] = []
    const site = await start(() =>
      takeOver((socket) => socket.on('error', (error) => errors.push(error)).resume(), {
        headers: { upgrade: 'echo' },
      }),
    )
    const client = await site.connect()
    client.send(request('GET', '/', ...upgrade))
    await readHead(client)
    client.reset()
    await gone(site)
    assert.is(errors.length, 1)
    assert.equal(site.told, [])
  }),
)
upgrades(
  'one who pauses it at once gets all, once it goes on',
  serving(async (start) => {
    const gate = deferred()
    let waiting: Duplex | undefined
    const site = await start(() =>
      takeOver(
        (socket) => {
          waiting = socket.pause()
          gate.promise.then(() => echo(socket, Buffer.alloc(0)))
        },
        { headers: { upgrade: 'echo' } },
      ),
    )
    const client = await site.connect()
    client.send(request('GET', '/', ...upgrade))
    await readHead(client)
    client.send('after it')
    await site.round()
    assert.is(waiting?.isPaused(), true)
    gate.resolve()
    assert.is(await client.takeTo('after it'), 'after it')
  }),
)
upgrades(
  'one who listens to readable alone gets all that came behind, however much has waited',
  serving(async (start) => {
    const gate = deferred()
    let read = 0
    const site = await start(async () => {
      await gate.promise
      return takeOver(
        (socket, head) => {
          read += head.length
          socket.on('error', () => {})
          socket.on('readable', () => {
            for (let bytes = socket.read(); bytes !== null; bytes = socket.read())
              read += bytes.length
            if (read === 100_000) socket.end('all of it')
          })
        },
        { headers: { upgrade: 'echo' } },
      )
    })
    const client = await site.connect()
    // More than is read for a handler that does not ask: reading stops.
    client.send(request('GET', '/', ...upgrade) + 'x'.repeat(20_000))
    await site.round()
    client.send('y'.repeat(80_000))
    gate.resolve()
    await readHead(client)
    assert.is(await client.takeTo('all of it'), 'all of it')
  }),
)
// The stalled answer is there to tell when the time-out has been looked at.
upgrades(
  'one whose client does not read is not cut by the time-out for writes',
  serving(async (start) => {
    const bytes = Buffer.alloc(16 * 2 ** 20, 'z')
    const cut = deferred()
    async function* stalling(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield bytes
      } finally {
        cut.resolve()
      }
    }
    const site = await start(
      ({ target }) =>
        target === '/stalled'
          ? stream(stalling())
          : takeOver((socket) => socket.on('error', () => {}).end(bytes), {
              headers: { upgrade: 'echo' },
            }),
      { writeTimeoutMs: 1 },
    )
    const client = await site.connect()
    client.send(request('GET', '/', ...upgrade))
    await readHead(client)
    client.pause()
    await site.round()
    const stalled = await site.connect()
    stalled.pause()
    stalled.send(get('/stalled'))
    await within(20_000, cut.promise)
    client.resume()
    await client.received(bytes.length)
  }),
)

upgrades.run()

const tunnels = suite('takeOver: CONNECT')

/** Connects to where the target says, on this machine alone, and joins the two. */
const proxy: Handler = async ({ method, target }) => {
  if (method !== 'CONNECT') return text('a proxy', { status: 200 })
  const [host, port] = target.split(':')
  if (host !== '127.0.0.1')
    throw new HttpError('FORBIDDEN', 'Cannot connect: found another machine')
  const upstream = connect({ host, port: Number(port), allowHalfOpen: true })
  await new Promise((resolve, reject) =>
    upstream.once('connect', resolve).once('error', reject),
  ).catch((cause) => {
    throw new HttpError('BAD_GATEWAY', 'Cannot connect: nobody is there', { cause })
  })
  return takeOver(
    (socket, head) => {
      for (const end of [socket, upstream])
        end.on('error', () => [socket, upstream].map((each) => each.destroy()))
      upstream.write(head)
      socket.pipe(upstream).pipe(socket)
    },
    { status: 200 },
  )
}

const tunnel = (port: number) => {
  const to = `127.0.0.1:${port}`
  return `CONNECT ${to} HTTP/1.1\r\nhost: ${to}\r\n\r\n`
}

tunnels(
  'a tunnel to another server: requests through it, halves that close, and bytes right behind',
  serving(async (start) => {
    const far = await start(async ({ target, body }) => text(target + (await readText(body))))
    const near = await start(proxy)
    const client = await near.connect()
    client.send(tunnel(far.server.port) + get('/1') + post('/2', 'hello'))
    const head = await readHead(client)
    assert.is(head.status, 200)
    assert.not(head.fields.has('content-length'))
    assert.not(head.fields.has('transfer-encoding'))
    assert.is((await readResponse(client)).content, '/1')
    assert.is((await readResponse(client)).content, '/2hello')
    client.send(get('/3'))
    client.halfClose()
    assert.is((await readResponse(client)).content, '/3')
    await client.takeRest()
    assert.is(client.ended, 'end')
    await gone(near)
    await gone(far)
  }),
)
tunnels(
  'one that cannot be made is an answer, and the connection ends with it',
  serving(async (start) => {
    const listener = createServer()
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    const address: AddressInfo | string | null = listener.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    await new Promise((resolve) => listener.close(resolve))
    const near = await start(proxy)
    const client = await near.connect()
    client.send(tunnel(port))
    const refused = await readResponse(client)
    assert.is(refused.status, 502)
    assert.is(refused.fields.get('connection'), 'close')
    assert.is((await client.takeRest()).toString(), '')
    assert.is(client.ended, 'end')
  }),
)

tunnels.run()

// RFC 9931: what a client sends in the hope that its request is accepted is of the next protocol, whatever it looks like.
const optimistic = suite('takeOver: a client that does not wait for the answer')

const connecting = 'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n'
const refusals: readonly (readonly [name: string, sent: string, handler: Handler])[] = [
  ['an Upgrade that is answered 403', get('/no', ...upgrade), () => text('no', { status: 403 })],
  ['an Upgrade that is redirected', get('/no', ...upgrade), () => text('no', { status: 307 })],
  [
    'an Upgrade with content that is refused',
    post('/no', 'hello', ...upgrade),
    () => text('no', { status: 400 }),
  ],
  ['a CONNECT that is answered 403', connecting, () => text('no', { status: 403 })],
  ['a CONNECT that nobody takes over', connecting, () => text('yes')],
  [
    'an Upgrade whose handler fails',
    get('/no', ...upgrade),
    () => {
      throw new Error('broken')
    },
  ],
]

for (const [name, sent, handler] of refusals)
  optimistic(
    `after ${name} the connection ends, and nothing behind it is a request`,
    serving(async (start) => {
      const targets: string[] = []
      const site = await start((asked) => {
        targets.push(asked.target)
        return handler(asked)
      })
      const client = await site.connect()
      client.send(`${sent}${get('/smuggled')}`)
      const answer = await readResponse(client)
      assert.ok(answer.status >= 300)
      assert.is(answer.fields.get('connection'), 'close')
      assert.is((await client.takeRest()).toString(), '')
      assert.is(targets.length, 1)
    }),
  )

// As Java's HttpClient and curl do with h2c, which a server ignores (RFC 9110 7.8).
optimistic(
  'an Upgrade that is ignored with a 200 leaves the connection open',
  serving(async (start) => {
    const site = await start(({ target }) => text(target))
    const client = await site.connect()
    client.send(get('/1', ...upgrade) + get('/2'))
    assert.is((await readResponse(client)).content, '/1')
    assert.is((await readResponse(client)).content, '/2')
  }),
)

optimistic.run()

const failing = suite('takeOver: what fails')

failing(
  'one that rejects is told, and the connection cut',
  serving(async (start) => {
    const broken = new Error('broken')
    const reject = async () => {
      throw broken
    }
    const site = await start(() => takeOver(reject, { headers: { upgrade: 'echo' } }))
    const client = await site.connect()
    client.send(request('GET', '/', ...upgrade))
    await client.takeRest()
    await gone(site)
    assert.equal(site.told, [broken])
  }),
)

failing(
  'a client that resets ends nothing else, if nobody listens to its error',
  serving(async (start) => {
    const site = await start(() =>
      takeOver((socket) => socket.resume(), { headers: { upgrade: 'echo' } }),
    )
    const client = await site.connect()
    client.send(request('GET', '/', ...upgrade))
    await readHead(client)
    client.reset()
    await gone(site)
    assert.equal(site.told, [])
  }),
)

failing.run()
