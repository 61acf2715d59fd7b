// Listening, closing, draining, and connections that another protocol takes over.

import '../support/steady-turns.ts'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fields } from '@sluice/body'
import { pause } from '@sluice/pause'
import { serve, takeOver } from '@sluice/server'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rejects } from '../support/rejects.ts'
import { connectTo } from '../support/server/raw-client.ts'
import { readChunk, readHead, readResponse } from '../support/server/read-response.ts'
import { get, post, request, serving } from '../support/server/serving.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { Frame } from '@sluice/body'
import type { RunningServer } from '@sluice/server'
import type { Client } from '@sluice/stack'

const listening = suite('server: listening')

listening(
  'it listens on a free port of 127.0.0.1, and says where',
  serving(async (start) => {
    const { server, ask } = await start(() => text('hello'))
    assert.ok(server.port > 0)
    assert.is(server.url, `http://127.0.0.1:${server.port}`)
    assert.is((await ask(get())).status, 200)
  }),
)

listening(
  'a port that is taken rejects with EADDRINUSE',
  serving(async (start) => {
    const { server } = await start(() => text('hello'))
    const error = await rejects(
      () => serve(() => text('hello'), { port: server.port }),
      'EADDRINUSE',
    )
    const words = `Cannot listen: port ${server.port} of 127.0.0.1 is in use, choose another`
    assert.is(error.stack, `Error: ${words}`)
  }),
)

listening(
  'an address of IPv6 stands in brackets in the URL',
  serving(async (start) => {
    const { server } = await start(() => text('hello'), { host: '::1' })
    assert.is(server.url, `http://[::1]:${server.port}`)
    const client = await connectTo(server.port, '::1')
    client.send(get())
    await readResponse(client)
    client.destroy()
  }),
)

listening(
  'a Unix socket',
  serving(async (start) => {
    const path = join(tmpdir(), 'server-lifecycle.sock')
    const { server } = await start(({ client }) => text(`<${client.address}>`), { path })
    const socket = connect({ path, allowHalfOpen: true })
    const parts: Buffer[] = []
    const { promise: over, resolve } = deferred()
    socket.on('data', (bytes) => parts.push(bytes)).on('close', () => resolve())
    socket.end(get('/', 'connection: close'))
    await within(5000, over)
    assert.match(Buffer.concat(parts).toString(), /<>$/)
    assert.is(server.port, 0)
  }),
)

listening(
  'connections over maxConnections are closed as they come',
  serving(async (start) => {
    const { connect: open } = await start(() => text('hello'), { maxConnections: 1 })
    const first = await open()
    first.send(get())
    await readResponse(first)
    const second = await open()
    assert.is((await second.takeRest()).length, 0)
    first.send(get())
    assert.is((await readResponse(first)).content, 'hello')
  }),
)

listening(
  'a server that listens already, and is closed with it',
  serving(async (start) => {
    const own = createServer({ allowHalfOpen: true })
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
    const site = await start(() => text('hello'), { server: own })
    assert.is((await site.ask(get())).content, 'hello')
    await site.server.close()
    assert.not(own.listening)
  }),
)

for (const options of [
  { maxHeadBytes: 0 },
  { idleTimeoutMs: 0 },
  { highWaterBytes: -1 },
  { maxFields: 1.5 },
  { lingerMs: Number.NaN },
])
  listening(`${JSON.stringify(options)} is refused`, async () => {
    await rejects(() => serve(() => text('hello'), options), RangeError)
  })

listening.run()

const closing = suite('server: closing')

closing(
  'it takes no more connections, and closes idle ones at once, by an orderly end',
  serving(async (start) => {
    const { server, connect: open } = await start(() => text('hello'))
    const fresh = await open()
    const used = await open()
    used.send(get())
    await readResponse(used)
    const closed = server.close({ graceMs: 1_000_000 })
    for (const client of [fresh, used]) {
      assert.is((await client.takeRest()).length, 0)
      assert.is(client.ended, 'end')
    }
    await within(5000, closed)
    await rejects(() => open(), 'ECONNREFUSED')
    assert.is(server.connections, 0)
  }),
)

closing(
  'a request that runs is answered, with connection: close, and no other behind it',
  serving(async (start) => {
    const { promise: gate, resolve: open } = deferred()
    const begun: string[] = []
    const site = await start(async ({ target }) => {
      begun.push(target)
      await gate
      return text(target)
    })
    const client = await site.connect()
    client.send(get('/1') + get('/2'))
    await site.until(() => begun.length > 0, 'the handler')
    const closed = site.server.close({ graceMs: 1_000_000 })
    assert.is(await stateOf(closed), 'pending')
    open()
    const answer = await readResponse(client)
    assert.is(answer.content, '/1')
    assert.is(answer.fields.get('connection'), 'close')
    assert.is((await client.takeRest()).length, 0)
    client.destroy()
    await within(5000, closed)
    assert.equal(begun, ['/1'])
  }),
)

closing(
  'a body that is being sent comes to its end, though its head said keep-alive',
  serving(async (start) => {
    const handle = pause()
    async function* body(): AsyncGenerator<Frame | string> {
      yield 'one, '
      yield handle.frame
      yield 'two'
    }
    const site = await start(() => stream(body()))
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    assert.is(await readChunk(client), 'one, ')
    const closed = site.server.close({ graceMs: 1_000_000 })
    assert.is(await stateOf(closed), 'pending')
    handle.resume()
    assert.is(await readChunk(client), 'two')
    assert.is(await readChunk(client), undefined)
    await client.takeTo('\r\n')
    assert.is((await client.takeRest()).length, 0)
    assert.is(client.ended, 'end')
    client.destroy()
    await within(5000, closed)
  }),
)

closing(
  'a request whose head has begun is answered',
  serving(async (start) => {
    const site = await start(({ target }) => text(target))
    const client = await site.connect()
    client.send('GET /begun HT')
    await site.round()
    const closed = site.server.close({ graceMs: 1_000_000 })
    client.send('TP/1.1\r\nhost: a\r\n\r\n')
    const answer = await readResponse(client)
    assert.is(answer.content, '/begun')
    assert.is(answer.fields.get('connection'), 'close')
    await client.takeRest()
    client.destroy()
    await within(5000, closed)
  }),
)

closing(
  'content that is still being read out ends with it, and the connection then',
  serving(async (start) => {
    const site = await start(() => text('unread'), {
      idleTimeoutMs: Number.POSITIVE_INFINITY,
      lingerMs: 60_000,
    })
    const client = await site.connect()
    client.send(post('/', 'hello').slice(0, -5))
    await readResponse(client)
    const closed = site.server.close({ graceMs: 1_000_000 })
    client.send('hello')
    assert.is((await client.takeRest()).length, 0)
    assert.is(client.ended, 'end')
    client.destroy()
    await within(5000, closed)
  }),
)

closing(
  'what does not come to its end is cut when grace is over, and its body closed',
  serving(async (start) => {
    const log: string[] = []
    async function* body({ signal }: Client): AsyncGenerator<Frame | string> {
      signal.addEventListener('abort', () => log.push('aborted'))
      try {
        yield 'part'
        yield pause().frame
      } finally {
        log.push('finally')
      }
    }
    const site = await start(({ client }) => stream(body(client)))
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    assert.is(await readChunk(client), 'part')
    await within(5000, site.server.close({ graceMs: 1 }))
    assert.not.match((await client.takeRest()).toString(), /0\r\n/)
    assert.equal(log, ['aborted', 'finally'])
    assert.equal(site.told, [])
  }),
)

closing(
  'what is cut does not look whole to a client of HTTP/1.0',
  serving(async (start) => {
    async function* body(): AsyncGenerator<Frame | string> {
      yield 'part'
      yield pause().frame
    }
    const site = await start(() => stream(body()))
    const client = await site.connect()
    client.send('GET / HTTP/1.0\r\n\r\n')
    await readHead(client)
    await client.take(4)
    await within(5000, site.server.close({ graceMs: 1 }))
    await client.takeRest()
    assert.is(client.ended, 'reset')
  }),
)

closing(
  'a handler that never answers is cut when grace is over, and so are a half-sent head and content',
  serving(async (start) => {
    const site = await start(() => new Promise(() => {}))
    const clients = await Promise.all([site.connect(), site.connect(), site.connect()])
    for (const [at, sent] of [get(), 'GET / HT', post('/', 'hello').slice(0, -1)].entries())
      clients[at]?.send(sent)
    await site.round()
    await within(5000, site.server.close({ graceMs: 1 }))
    for (const client of clients) await client.takeRest()
    assert.is(site.server.connections, 0)
  }),
)

closing(
  'graceMs: 0 cuts at once',
  serving(async (start) => {
    const site = await start(() => new Promise(() => {}))
    const client = await site.connect()
    client.send(get())
    await site.round()
    await within(5000, site.server.close({ graceMs: 0 }))
    await client.takeRest()
  }),
)

closing(
  'graceMs: Infinity waits as long as it takes',
  serving(async (start) => {
    const { promise: gate, resolve: open } = deferred()
    let begun = false
    const site = await start(async () => {
      begun = true
      await gate
      return text('late')
    })
    const client = await site.connect()
    client.send(get())
    await site.until(() => begun, 'the handler')
    const closed = site.server.close({ graceMs: Number.POSITIVE_INFINITY })
    // A timer that overflowed fires after one millisecond.
    await new Promise((resolve) => setTimeout(resolve, 20))
    open()
    assert.is((await readResponse(client)).content, 'late')
    client.destroy()
    await within(5000, closed)
  }),
)

closing(
  'called again it gives the same promise, and the shorter grace holds',
  serving(async (start) => {
    const site = await start(() => new Promise(() => {}))
    const client = await site.connect()
    client.send(get())
    await site.round()
    const first = site.server.close({ graceMs: 1_000_000 })
    const second = site.server.close({ graceMs: 1 })
    assert.is(first, second)
    assert.is(first, site.server.closed)
    await within(5000, first)
  }),
)

closing(
  'called again with a longer grace, the shorter one holds still',
  serving(async (start) => {
    const site = await start(() => new Promise(() => {}))
    const client = await site.connect()
    client.send(get())
    await site.round()
    site.server.close({ graceMs: 1 })
    await within(5000, site.server.close({ graceMs: 1_000_000 }))
  }),
)

closing(
  'called when it has closed, it does nothing',
  serving(async (start) => {
    const { server } = await start(() => text('hello'))
    await server.close()
    await within(1000, server.close())
    await within(1000, server.closed)
  }),
)

closing(
  'await using closes it',
  serving(async () => {
    const closedBefore: unknown[] = []
    const use = async (): Promise<RunningServer> => {
      await using server = await serve(() => text('hello'))
      server.closed.then(() => closedBefore.push('closed'))
      const client = await connectTo(server.port)
      client.send(get('/', 'connection: close'))
      await readResponse(client)
      client.destroy()
      closedBefore.push('used')
      return server
    }
    const server = await use()
    assert.equal(closedBefore, ['used', 'closed'])
    assert.is(server.connections, 0)
  }),
)

closing.run()

const draining = suite('server: client.draining')

draining(
  'it aborts when the server begins to close, and client.signal does not',
  serving(async (start) => {
    const log: string[] = []
    const clients: Client[] = []
    async function* events({ draining: ends, signal }: Client): AsyncGenerator<Frame | string> {
      const { frame } = pause({ signal: ends })
      signal.addEventListener('abort', () => log.push('signal'))
      ends.addEventListener('abort', () => log.push('draining'))
      yield 'event'
      yield frame
      yield 'last'
    }
    const site = await start(({ client }) => {
      clients.push(client)
      return stream(events(client))
    })
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    assert.is(await readChunk(client), 'event')
    assert.equal(log, [])
    const closed = site.server.close({ graceMs: 1_000_000 })
    assert.equal(log, ['draining'])
    assert.is(await readChunk(client), 'last')
    assert.is(await readChunk(client), undefined)
    await client.takeRest()
    client.destroy()
    await within(5000, closed)
    assert.equal(log, ['draining', 'signal'])
    const reason = clients[0]?.draining.reason
    assert.is(reason.code, 'UNAVAILABLE')
  }),
)

draining.run()

const inform = suite('server: client.inform')

inform(
  'an informational response comes before the answer, and is none',
  serving(async (start) => {
    const { promise: gate, resolve: open } = deferred()
    const site = await start(async ({ client }) => {
      client.inform(103, fields({ link: '</a.css>; rel=preload' }))
      client.inform(102)
      await gate
      return text('hello')
    })
    const client = await site.connect()
    client.send(get())
    const early = await readHead(client)
    assert.is(early.head, 'HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload')
    assert.is((await readHead(client)).head, 'HTTP/1.1 102 Processing')
    open()
    assert.is((await readResponse(client)).content, 'hello')
  }),
)

inform(
  'it says nothing of framing or the connection (RFC 9110 8.6 and RFC 9112 6.1)',
  serving(async (start) => {
    const given = fields({
      'Content-Length': 5,
      'transfer-encoding': 'chunked',
      connection: 'close',
      'keep-alive': 'timeout=5',
      'proxy-connection': 'close',
      upgrade: 'h2c',
      trailer: 'x-sum',
      link: '</a.css>',
    })
    const site = await start(({ client }) => {
      client.inform(103, given)
      return text('hello')
    })
    const client = await site.connect()
    client.send(get())
    assert.is((await readHead(client)).head, 'HTTP/1.1 103 Early Hints\r\nlink: </a.css>')
    assert.is((await readResponse(client)).content, 'hello')
  }),
)

inform(
  'it comes before content that was pulled already and has not been sent',
  serving(async (start) => {
    const site = await start(({ client }) =>
      stream(
        (function* () {
          yield 'one'
          client.inform(103)
          yield 'two'
        })(),
      ),
    )
    const client = await site.connect()
    client.send(get() + get())
    for (let i = 0; i < 2; i++) {
      assert.is((await readHead(client)).head, 'HTTP/1.1 103 Early Hints')
      assert.equal((await readResponse(client)).chunks, ['onetwo'])
    }
  }),
)

inform(
  'content that was pulled before it is not sent if the body then fails',
  serving(async (start) => {
    const site = await start(({ client }) =>
      stream(
        (function* () {
          yield 'one'
          client.inform(103)
          throw new Error('a mistake')
        })(),
      ),
    )
    const client = await site.connect()
    client.send(get() + get())
    for (let i = 0; i < 2; i++) {
      assert.is((await readHead(client)).head, 'HTTP/1.1 103 Early Hints')
      const { status, content } = await readResponse(client)
      assert.is(status, 500)
      assert.not.match(content, /one/)
    }
  }),
)

inform(
  'it does nothing once the response has begun, or is over, and for HTTP/1.0',
  serving(async (start) => {
    const clients: Client[] = []
    async function* body(client: Client): AsyncGenerator<Frame | string> {
      yield 'one'
      yield { kind: 'flush' }
      client.inform(103)
      yield 'two'
    }
    const site = await start(({ client, version }) => {
      clients.push(client)
      if (version === '1.0') client.inform(103)
      return stream(body(client))
    })
    assert.is((await site.ask(get())).content, 'onetwo')
    assert.is((await site.ask('GET / HTTP/1.0\r\n\r\n')).content, 'onetwo')
    for (const client of clients) client.inform(103)
    await site.round()
    assert.equal(site.told, [])
  }),
)

for (const status of [99, 100, 101, 200, 103.5, Number.NaN])
  inform(
    `the status ${status} is refused at the call`,
    serving(async (start) => {
      const site = await start(async ({ client }) => {
        await rejects(() => client.inform(status), RangeError)
        return text('refused')
      })
      assert.is((await site.ask(get())).content, 'refused')
    }),
  )

inform.run()

const taking = suite('server: connections that are taken over')

const upgrade = get('/', 'connection: upgrade', 'upgrade: echo')

taking(
  'an Upgrade: the head, then the socket, with what came behind the request',
  serving(async (start) => {
    const site = await start(() =>
      takeOver(
        (socket, head) => {
          socket.write(head)
          socket.pipe(socket)
        },
        { headers: { upgrade: 'echo' } },
      ),
    )
    const client = await site.connect()
    client.send(`${upgrade}early, `)
    const { status, fields: found } = await readHead(client)
    assert.is(status, 101)
    assert.is(found.get('upgrade'), 'echo')
    assert.is(found.get('connection'), 'upgrade')
    assert.not(found.has('content-length'))
    assert.is(await client.takeTo('early, '), 'early, ')
    client.send('late')
    assert.is(await client.takeTo('late'), 'late')
    client.halfClose()
    await client.takeRest()
    await site.until(() => site.server.connections === 0, 'the end of the connection')
  }),
)

taking(
  'CONNECT',
  serving(async (start) => {
    const site = await start(() => takeOver((socket) => socket.end('tunnel'), { status: 200 }))
    const client = await site.connect()
    client.send(request('CONNECT', 'a:1').replace('host: a', 'host: a:1'))
    const { status, fields: found } = await readHead(client)
    assert.is(status, 200)
    assert.not(found.has('content-length'))
    assert.not(found.has('transfer-encoding'))
    assert.is((await client.takeRest()).toString(), 'tunnel')
  }),
)

taking(
  'CONNECT that is answered as any other request is a 501',
  serving(async (start) => {
    const site = await start(() => text('hello'))
    const client = await site.connect()
    client.send(request('CONNECT', 'a:1').replace('host: a', 'host: a:1'))
    assert.is((await readResponse(client)).status, 501)
  }),
)

taking(
  'a request without Upgrade is a 500',
  serving(async (start) => {
    const site = await start(() => takeOver(() => assert.unreachable('taken over')))
    assert.is((await site.ask(get())).status, 500)
    assert.is(site.told.length, 1)
  }),
)

taking(
  'who takes over may write the response',
  serving(async (start) => {
    const site = await start(() =>
      takeOver((socket) => socket.end('HTTP/1.1 101 Own\r\n\r\nhello'), { writesResponse: true }),
    )
    const client = await site.connect()
    client.send(upgrade)
    assert.is((await readHead(client)).head, 'HTTP/1.1 101 Own')
    assert.is((await client.takeRest()).toString(), 'hello')
  }),
)

taking(
  'one that throws is told, and the connection cut',
  serving(async (start) => {
    const broken = new Error('broken')
    const site = await start(() =>
      takeOver(() => {
        throw broken
      }),
    )
    const client = await site.connect()
    client.send(upgrade)
    await client.takeRest()
    assert.equal(site.told, [broken])
  }),
)

taking(
  'it is cut at the end of grace when the server closes',
  serving(async (start) => {
    const site = await start(() => takeOver((socket) => socket.on('error', () => {}).resume()))
    const client = await site.connect()
    client.send(upgrade)
    await readHead(client)
    await turn(2)
    await within(5000, site.server.close({ graceMs: 1 }))
    await client.takeRest()
  }),
)

taking.run()
