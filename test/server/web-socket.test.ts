// WebSocket by the package `ws`, which writes the response itself.
import { takeOver } from '@sluice/server'
import { text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { WebSocket, WebSocketServer } from 'ws'
import { readHead, readResponse } from '../support/server/read-response.ts'
import { selfSigned } from '../support/server/self-signed.ts'
import { get, request, serving } from '../support/server/serving.ts'
import { upgradeMessage } from '../support/server/upgrade-message.ts'
import { deferred, turn, within } from '../support/within.ts'
import type { Handler } from '@sluice/stack'
import type { ServerOptions } from 'ws'
import type { Site } from '../support/server/serving.ts'

/** Gives a request to `ws`, which writes the response itself. */
const webSocket =
  (sockets: WebSocketServer, talk: (socket: WebSocket) => void): Handler =>
  (asked) => {
    if (asked.headers.get('upgrade') !== 'websocket') return text('no WebSocket', { status: 426 })
    return takeOver(
      (socket, head) => sockets.handleUpgrade(upgradeMessage(asked), socket, head, talk),
      { writesResponse: true },
    )
  }

const echoing = (options: ServerOptions = {}) =>
  webSocket(new WebSocketServer({ noServer: true, ...options }), (socket) => {
    socket.on('error', () => {})
    socket.on('message', (message, binary) => socket.send(message, { binary }))
  })

const opened = (url: string, options = {}): Promise<WebSocket> => {
  const socket = new WebSocket(url.replace('http', 'ws'), { ca: selfSigned.cert, ...options })
  return within(
    20_000,
    new Promise((resolve, reject) => {
      socket.once('open', () => resolve(socket))
      socket.once('error', reject)
    }),
  )
}

const closed = (socket: WebSocket): Promise<number> =>
  within(20_000, new Promise((resolve) => socket.once('close', resolve)))

const message = (socket: WebSocket): Promise<string> =>
  within(
    20_000,
    new Promise((resolve) => socket.once('message', (bytes) => resolve(String(bytes)))),
  )

const gone = async (site: Site) => {
  while (site.server.connections > 0) await turn()
}

const sockets = suite('takeOver: ws')

for (const [name, options] of [
  ['', {}],
  [', compressed', { perMessageDeflate: { threshold: 0 } }],
  [' over TLS', { tls: selfSigned }],
] as const)
  sockets(
    `messages go both ways${name}, and it closes as it is told`,
    serving(async (start) => {
      const site = await start(
        echoing('tls' in options ? {} : options),
        'tls' in options ? options : {},
      )
      const socket = await opened(site.server.url)
      for (const sent of ['hello', 'x'.repeat(100_000), '', 'é'.repeat(5000)]) {
        socket.send(sent)
        assert.is(await message(socket), sent)
      }
      const pong = new Promise((resolve) => socket.once('pong', resolve))
      socket.ping()
      await within(20_000, pong)
      socket.close(4000)
      assert.is(await closed(socket), 4000)
      await gone(site)
    }),
  )
sockets(
  'a message right behind the request is not lost',
  serving(async (start) => {
    const site = await start(echoing())
    const client = await site.connect()
    const lines = [
      'connection: upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    ]
    // A masked text frame of two letters, RFC 6455 5.2.
    const frame = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69])
    client.send(Buffer.concat([Buffer.from(request('GET', '/', ...lines)), frame]))
    const { status, fields } = await readHead(client)
    assert.is(status, 101)
    // RFC 6455 1.3: the key and the answer of its example.
    assert.is(fields.get('sec-websocket-accept'), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
    assert.equal(await client.take(4), Buffer.from([0x81, 0x02, 0x68, 0x69]))
  }),
)
sockets(
  'a client that vanishes is none of the server’s errors',
  serving(async (start) => {
    const ended = deferred<number>()
    const site = await start(
      webSocket(new WebSocketServer({ noServer: true }), (socket) => {
        socket.on('error', () => {})
        socket.on('close', ended.resolve)
      }),
    )
    const socket = await opened(site.server.url)
    socket.terminate()
    assert.is(await within(20_000, ended.promise), 1006)
    await gone(site)
    assert.equal(site.told, [])
  }),
)
sockets(
  'a handler may refuse an Upgrade, and ws may: the connection ends',
  serving(async (start) => {
    const refusing = echoing({ verifyClient: () => false })
    const site = await start((asked) =>
      asked.target === '/no' ? text('no', { status: 403 }) : refusing(asked),
    )
    const client = await site.connect()
    client.send(request('GET', '/no', 'connection: upgrade', 'upgrade: websocket') + get('/'))
    assert.is((await readResponse(client)).status, 403)
    assert.is((await client.takeRest()).toString(), '')
    const other = await site.connect()
    other.send(get('/'))
    assert.is((await readResponse(other)).status, 426)
    const lines = ['connection: upgrade', 'upgrade: websocket', 'sec-websocket-version: 13']
    other.send(request('GET', '/', ...lines, 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='))
    assert.match((await other.takeRest()).toString(), /^HTTP\/1\.1 401 /)
    await gone(site)
  }),
)
sockets(
  'the application is told that the server drains, and closes its sockets in good order',
  serving(async (start) => {
    const site = await start((asked) => {
      const handle = webSocket(new WebSocketServer({ noServer: true }), (socket) => {
        asked.client.draining.addEventListener('abort', () => socket.close(1001))
      })
      return handle(asked)
    })
    const socket = await opened(site.server.url)
    const told = closed(socket)
    await site.server.close({ graceMs: 60_000 })
    assert.is(await told, 1001)
  }),
)
sockets(
  'those that stay are cut when grace is over',
  serving(async (start) => {
    const site = await start(echoing())
    const socket = await opened(site.server.url)
    socket.on('error', () => {})
    const told = closed(socket)
    await site.server.close({ graceMs: 1 })
    assert.is(await told, 1006)
  }),
)

sockets.run()
