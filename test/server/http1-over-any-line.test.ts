// The protocol without I/O, made a server over anything that reads and writes: TLS, a Unix socket, a line in memory.
import { connect, createServer } from 'node:net'
import { connect as connectTls, createServer as createTlsServer } from 'node:tls'
import { collect, data, readText } from '@sluice/body'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watchRejections } from '../support/bodies/left-over.ts'
import { duplexPair } from '../support/server/duplex-pair.ts'
import { loopDate, serveDuplex } from '../support/server/http1-loop.ts'
import { selfSigned } from '../support/server/self-signed.ts'
import { get, post, request } from '../support/server/serving.ts'
import { freePath } from '../support/server/transports.ts'
import { deferred, within } from '../support/within.ts'
import type { AddressInfo, ListenOptions, Server, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Trailers } from '@sluice/body'
import type { Handler } from '@sluice/stack'

/** Runs a client's part against a loop with this handler, over a line of some kind. */
type Over = (handler: Handler, run: (line: Duplex) => Promise<void>) => Promise<void>

const listening =
  (
    create: (onSocket: (socket: Socket) => void) => Server,
    to: () => ListenOptions,
    dial: (server: Server) => Socket,
  ): Over =>
  async (handler, run) => {
    const served: Promise<void>[] = []
    const server = create((socket) => {
      socket.on('error', () => {})
      served.push(serveDuplex(socket, handler))
    })
    await new Promise<void>((resolve) => server.listen(to(), resolve))
    const line = dial(server)
    await run(line)
    line.destroy()
    await Promise.all(served)
    const { promise, resolve } = deferred()
    server.close(() => resolve())
    await within(20_000, promise)
  }

const portOf = (server: Server): number => {
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const inMemory =
  (pieceBytes: number): Over =>
  async (handler, run) => {
    const [near, far] = duplexPair(pieceBytes)
    const served = serveDuplex(far, handler)
    await run(near)
    near.destroy()
    await served
  }

/** Known to TLS as well, but not to its types. */
const halfOpen = { allowHalfOpen: true }

const lines: readonly (readonly [name: string, over: Over])[] = [
  [
    'TLS',
    listening(
      (onSocket) => createTlsServer({ ...selfSigned, allowHalfOpen: true }, onSocket),
      () => ({ port: 0, host: '127.0.0.1' }),
      (server) =>
        connectTls({
          port: portOf(server),
          host: '127.0.0.1',
          ca: selfSigned.cert,
          ...halfOpen,
        }),
    ),
  ],
  [
    'a Unix socket',
    listening(
      (onSocket) => createServer({ allowHalfOpen: true }, onSocket),
      () => ({ path: freePath() }),
      (server) => connect({ path: String(server.address()), allowHalfOpen: true }),
    ),
  ],
  ['a line in memory', inMemory(65_536)],
  ['a line in memory, byte by byte', inMemory(1)],
]

const echo: Handler = async ({ target, body }) => {
  if (target === '/unread') return text('not read')
  if (target === '/failing') throw new Error('nobody is to know')
  const { bytes, trailers } = await collect(body)
  if (target !== '/streamed') return text(`${target} ${Buffer.from(bytes)}`)
  const end: Trailers = { kind: 'trailers', fields: trailers }
  return stream([data(Buffer.from('<')), data(bytes), data(Buffer.from('>')), end])
}

/** Sends all and reads all, to the end. */
const transcript = async (line: Duplex, sent: string): Promise<string> => {
  const parts: Buffer[] = []
  const ended = new Promise<void>((resolve, reject) => {
    line.on('data', (bytes: Buffer) => parts.push(bytes))
    line.on('end', () => resolve())
    line.on('error', reject)
  })
  line.write(sent, 'latin1')
  await within(20_000, ended)
  return Buffer.concat(parts).toString('latin1').replaceAll(`date: ${loopDate}\r\n`, '')
}

const last = get('/last', 'connection: close')
const plain = 'content-type: text/plain; charset=utf-8\r\n'
const answerOf = (content: string) =>
  `HTTP/1.1 200 OK\r\n${plain}content-length: ${content.length}\r\n\r\n${content}`
const lastAnswer = answerOf('/last ').replace(
  'content-length',
  'connection: close\r\ncontent-length',
)

const noHost = 'Cannot serve the request: found none of Host, wanted exactly one that is valid\n'

const rows: readonly { name: string; sent: string; wanted: string }[] = [
  {
    name: 'requests one after another, read and unread, by length and chunked',
    sent:
      get('/1') +
      post('/2', 'hello') +
      post('/unread', 'x'.repeat(5000)) +
      `${request('POST', '/3', 'transfer-encoding: chunked')}2;a="b"\r\nhi\r\n0\r\n\r\n${last}`,
    wanted:
      answerOf('/1 ') +
      answerOf('/2 hello') +
      answerOf('not read') +
      answerOf('/3 hi') +
      lastAnswer,
  },
  {
    name: 'a chunked answer with trailers',
    sent: `${request('POST', '/streamed', 'transfer-encoding: chunked')}2\r\nhi\r\n0\r\nx-sum: 9\r\n\r\n${last}`,
    wanted:
      'HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ntransfer-encoding: chunked\r\n\r\n' +
      `1\r\n<\r\n2\r\nhi\r\n1\r\n>\r\n0\r\nx-sum: 9\r\n\r\n${lastAnswer}`,
  },
  {
    name: 'HEAD, and a client that expects 100',
    sent: `${request('HEAD', '/1')}${post('/2', 'hello', 'expect: 100-continue')}${last}`,
    wanted: `${answerOf('/1 ').slice(0, -3)}HTTP/1.1 100 Continue\r\n\r\n${answerOf('/2 hello')}${lastAnswer}`,
  },
  {
    name: 'HTTP/1.0, by the end of the connection',
    sent: 'POST /streamed HTTP/1.0\r\ncontent-length: 2\r\n\r\nhi',
    wanted:
      'HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\nconnection: close\r\n\r\n<hi>',
  },
  {
    name: 'a request that is malformed behind one that is not',
    sent: `${get('/1')}GET / HTTP/1.1\r\n\r\n${last}`,
    wanted: `${answerOf('/1 ')}HTTP/1.1 400 Bad Request\r\n${plain}connection: close\r\ncontent-length: ${noHost.length}\r\n\r\n${noHost}`,
  },
  {
    name: 'a handler that fails',
    sent: get('/failing'),
    wanted: 'HTTP/1.1 500 Internal Server Error\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
  },
]

for (const [name, over] of lines) {
  const line = suite(`http1 over ${name}`)

  for (const { name: row, sent, wanted } of rows)
    line(row, async () => {
      const rejections = watchRejections()
      await over(echo, async (near) => {
        assert.is(await transcript(near, sent), wanted)
      })
      rejections.stop()
      assert.equal(rejections.reasons, [])
    })

  line('200 KB there and back are the same bytes', async () => {
    const content = Array.from({ length: 200_000 }, (_, at) =>
      String.fromCharCode((at * 7) % 251),
    ).join('')
    await over(
      async ({ body }) => stream([Buffer.from(await readText(body), 'latin1')]),
      async (near) => {
        const sent = post('/', content, 'connection: close').replace(/[\x80-\xff]/g, '?')
        const found = await transcript(near, sent)
        assert.ok(found.includes(sent.slice(sent.indexOf('\r\n\r\n') + 4)))
      },
    )
  })

  line.run()
}
