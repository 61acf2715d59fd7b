// HTTP/2, cleartext and over TLS, beside HTTP/1.1 on one port.
import { connect as connectHttp2, createSecureServer, createServer } from 'node:http2'
import { createServer as createHttps, request as requestHttps } from 'node:https'
import { fields, isTrailers, readText } from '@sluice/body'
import { attach, fromIncoming, toListener } from '@sluice/node'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { hosting } from '../support/node/hosting.ts'
import { selfSigned } from '../support/server/self-signed.ts'
import { deferred, within } from '../support/within.ts'
import type { ClientHttp2Session, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2'
import type { ClientTls } from '@sluice/stack'
import type { Mount } from '../support/node/hosting.ts'

const cleartext: Mount = (handler, options) => createServer(toListener(handler, options))

/** A response of HTTP/2, as its client saw it. */
interface Seen {
  readonly headers: IncomingHttpHeaders
  readonly informed: readonly IncomingHttpHeaders[]
  readonly content: string
  readonly trailers: IncomingHttpHeaders | undefined
  /** How the stream was closed; 0 without an error. */
  readonly code: number
}

const ask = (
  session: ClientHttp2Session,
  head: OutgoingHttpHeaders = {},
  content?: string,
  trailers?: OutgoingHttpHeaders,
): Promise<Seen> => {
  const { promise, resolve } = deferred<Seen>()
  const waits = trailers !== undefined
  const request = session.request(head, {
    endStream: content === undefined,
    waitForTrailers: waits,
  })
  let headers: IncomingHttpHeaders = {}
  let after: IncomingHttpHeaders | undefined
  const informed: IncomingHttpHeaders[] = []
  let got = ''
  if (trailers !== undefined) request.on('wantTrailers', () => request.sendTrailers(trailers))
  request.on('headers', (each) => informed.push(each))
  request.on('response', (each) => {
    headers = each
  })
  request.on('trailers', (each) => {
    after = each
  })
  request.setEncoding('latin1')
  request.on('data', (text: string) => {
    got += text
  })
  request.on('error', () => {})
  request.on('close', () =>
    resolve({ headers, informed, content: got, trailers: after, code: request.rstCode }),
  )
  if (content !== undefined) request.end(content)
  return within(10_000, promise)
}

/** Connects to a host for the time of a function. */
const withSession = async <T>(
  port: number,
  run: (session: ClientHttp2Session) => Promise<T>,
): Promise<T> => {
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  try {
    return await run(session)
  } finally {
    await new Promise<void>((resolve) => session.close(resolve))
  }
}

const multiplexed = suite('toListener: HTTP/2')

multiplexed(
  'a text has its length; fields of the connection are dropped; lines stay apart',
  hosting(async (start) => {
    const headers = fields([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['keep-alive', 'timeout=5'],
      ['te', 'gzip'],
      ['http2-settings', 'x'],
      ['connection', 'close'],
    ])
    const host = await start(() => text('hello', { headers }), cleartext)
    await withSession(host.port, async (session) => {
      const seen = await ask(session)
      assert.is(seen.headers[':status'], 200)
      assert.is(seen.headers['content-length'], '5')
      assert.equal(seen.headers['set-cookie'], ['a=1', 'b=2'])
      for (const name of ['keep-alive', 'te', 'http2-settings'])
        assert.is(seen.headers[name], undefined)
      assert.is(seen.content, 'hello')
      assert.is(seen.code, 0)
    })
    assert.equal(host.told.map(codeOf), ['RESPONSE_INVALID'])
  }),
)

multiplexed(
  'a request has its method, target, version, host of :authority, and one line of cookie',
  hosting(async (start) => {
    const host = await start(({ method, target, version, headers, client }) => {
      const parts = [
        method,
        target,
        version,
        headers.get('host'),
        headers.get('cookie'),
        headers.getAll('cookie').length,
        [...headers].map(([name]) => name).join(),
        client.address,
        client.tls,
      ]
      return text(parts.join('|'))
    }, cleartext)
    await withSession(host.port, async (session) => {
      const head = {
        ':path': '//x?y',
        ':authority': 'a.example',
        cookie: ['a=1', 'b=2'],
        'x-a': '1',
      }
      const { content } = await ask(session, head)
      assert.is(content, 'GET|//x?y|2|a.example|a=1; b=2|1|host,cookie,x-a|127.0.0.1|')
    })
  }),
)

multiplexed(
  'content and trailers of a request arrive, and 1 MiB is echoed',
  hosting(async (start) => {
    const host = await start(async ({ target, body }) => {
      if (target === '/echo') return stream(body)
      let sum = 'none'
      for await (const frame of body) if (isTrailers(frame)) sum = frame.fields.get('x-sum') ?? ''
      return text(sum)
    }, cleartext)
    await withSession(host.port, async (session) => {
      const sent = 'x'.repeat(2 ** 20)
      const echoed = await ask(session, { ':method': 'POST', ':path': '/echo' }, sent)
      assert.is(echoed.content.length, sent.length)
      const summed = await ask(session, { ':method': 'POST' }, 'content', { 'x-sum': '9f' })
      assert.is(summed.content, '9f')
    })
  }),
)

multiplexed(
  'a 103 with repeated lines, data, a flush with its receipt, and trailers arrive in order',
  hosting(async (start) => {
    const receipts: unknown[] = []
    const host = await start(({ client }) => {
      client.inform(
        103,
        fields([
          ['link', '</a.css>'],
          ['link', '</b.css>'],
          ['upgrade', 'x'],
        ]),
      )
      const trailers = fields([
        ['x-sum', '1'],
        ['x-sum', '2'],
        ['x-b', '3'],
      ])
      return stream(
        (async function* () {
          yield { kind: 'flush', sent: (lost?: unknown) => receipts.push(lost) } as const
          yield 'one, '
          yield { kind: 'flush', sent: (lost?: unknown) => receipts.push(lost) } as const
          yield 'two'
          yield { kind: 'trailers', fields: trailers } as const
        })(),
      )
    }, cleartext)
    await withSession(host.port, async (session) => {
      const seen = await ask(session)
      assert.is(seen.informed[0]?.[':status'], 103)
      assert.is(seen.informed[0]?.link, '</a.css>, </b.css>')
      assert.is(seen.content, 'one, two')
      assert.is(seen.trailers?.['x-sum'], '1, 2')
      assert.is(seen.trailers?.['x-b'], '3')
      assert.is(seen.code, 0)
    })
    assert.equal(receipts, [undefined, undefined])
    assert.equal(host.told, [])
  }),
)

for (const [name, method, status, length] of [
  ['HEAD', 'HEAD', 200, '5'],
  ['204', 'GET', 204, undefined],
  ['205', 'GET', 205, '0'],
  ['304', 'GET', 304, '5'],
] as const) {
  multiplexed(
    `${name} has no content, and its body is never pulled`,
    hosting(async (start) => {
      let pulled = 0
      const host = await start(
        () =>
          stream(
            (async function* () {
              pulled++
              yield 'hello'
            })(),
            { status, headers: status === 205 ? {} : { 'content-length': '5' } },
          ),
        cleartext,
      )
      await withSession(host.port, async (session) => {
        const seen = await ask(session, { ':method': method })
        assert.is(seen.headers[':status'], status)
        assert.is(seen.headers['content-length'], length)
        assert.is(seen.content, '')
        assert.is(seen.code, 0)
      })
      assert.is(pulled, 0)
      assert.equal(host.told, [])
    }),
  )
}

multiplexed(
  'an error before the head is answered; after it, what was flushed arrives, and the stream is reset',
  hosting(async (start) => {
    const late = new Error('late')
    const host = await start(({ target }) => {
      if (target === '/') throw new Error('early')
      return stream(
        (async function* () {
          yield 'x'.repeat(40_000)
          yield { kind: 'flush' } as const
          throw late
        })(),
      )
    }, cleartext)
    await withSession(host.port, async (session) => {
      const early = await ask(session)
      assert.is(early.headers[':status'], 500)
      assert.is(early.code, 0)
      const seen = await ask(session, { ':path': '/late' })
      assert.is(seen.content.length, 40_000)
      assert.is(seen.code, 2)
    })
    assert.is(host.told.length, 2)
    assert.is(host.told[1], late)
  }),
)

multiplexed(
  'content that is not read does not keep the stream open, nor the session from being used',
  hosting(async (start) => {
    const host = await start(async ({ target, body }) => {
      if (target === '/part') for await (const _ of body) break
      return text('unread')
    }, cleartext)
    await withSession(host.port, async (session) => {
      for (const path of ['/', '/part']) {
        const head = { ':method': 'POST', ':path': path }
        const seen = await ask(session, head, 'x'.repeat(300_000))
        assert.is(seen.content, 'unread')
      }
      assert.is((await ask(session)).content, 'unread')
    })
    assert.equal(host.told, [])
  }),
)

multiplexed(
  'attach sends 100 (Continue) when the handler begins to read',
  hosting(async (start) => {
    const host = await start(
      async ({ target, body }) => text(target === '/' ? await readText(body) : 'unread'),
      (handler, options) => {
        const server = createServer()
        attach(server, handler, options)
        return server
      },
    )
    await withSession(host.port, async (session) => {
      for (const [path, content] of [
        ['/', 'hello'],
        ['/unread', 'unread'],
      ] as const) {
        const head = { ':method': 'POST', ':path': path, expect: '100-continue' }
        const request = session.request(head, { endStream: false })
        let continued = false
        let got = ''
        request.on('continue', () => {
          continued = true
          request.end('hello')
        })
        request.on('data', (bytes) => {
          got += bytes
        })
        await within(5000, new Promise((resolve) => request.once('end', resolve)))
        request.close()
        assert.is(got, content)
        assert.is(continued, path === '/')
      }
    })
  }),
)

multiplexed(
  'fromIncoming without a response object: the signal says whether the client has gone',
  hosting(async (start) => {
    const reasons: unknown[] = []
    const host = await start(
      () => text(''),
      () =>
        createServer((req, res) => {
          const { client } = fromIncoming(req)
          client.signal.addEventListener('abort', () => reasons.push(codeOf(client.signal.reason)))
          if (req.url === '/whole') res.end('whole')
          else res.write('part')
        }),
    )
    await withSession(host.port, async (session) => {
      await ask(session, { ':path': '/whole' })
      const request = session.request({ ':path': '/part' })
      request.on('error', () => {})
      request.once('data', () => request.close(8))
      await within(5000, new Promise((resolve) => request.once('close', resolve)))
    })
    assert.equal(reasons, ['REQUEST_OVER', 'READER_GONE'])
  }),
)

multiplexed(
  'a layer that has replaced methods of res is not passed by',
  hosting(async (start) => {
    const log: string[] = []
    const trailers = { kind: 'trailers', fields: fields({ 'x-sum': '1' }) } as const
    const host = await start(
      ({ target }) =>
        target === '/' ? text('whole') : stream(['one', { kind: 'flush' }, 'two', trailers]),
      (handler, options) => {
        const listener = toListener(handler, options)
        return createServer((req, res) => {
          const writeHead = res.writeHead.bind(res)
          const layer = {
            writeHead(status: number, headers: OutgoingHttpHeaders) {
              log.push(`head ${status}`)
              return writeHead(status, { ...headers, 'x-layer': 'yes' })
            },
            flush: () => log.push('flush'),
          }
          listener(req, Object.assign(res, layer))
        })
      },
    )
    await withSession(host.port, async (session) => {
      const whole = await ask(session)
      assert.is(whole.content, 'whole')
      assert.is(whole.headers['x-layer'], 'yes')
      assert.is(whole.headers['content-length'], '5')
      const parts = await ask(session, { ':path': '/parts' })
      assert.is(parts.content, 'onetwo')
      assert.is(parts.headers['x-layer'], 'yes')
      assert.is(parts.trailers?.['x-sum'], '1')
      assert.is(parts.code, 0)
    })
    assert.equal(log, ['head 200', 'head 200', 'flush'])
    assert.equal(host.told, [])
  }),
)

multiplexed.run()

const secure = suite('toListener: TLS')

const overTls: readonly (readonly [string, Mount])[] = [
  ['node:https', (handler, options) => createHttps(selfSigned, toListener(handler, options))],
  [
    'node:http2 with allowHTTP1',
    (handler, options) =>
      createSecureServer({ ...selfSigned, allowHTTP1: true }, toListener(handler, options)),
  ],
]

for (const [name, mount] of overTls) {
  secure(
    `${name} serves HTTP/1.1, and client.tls says what was agreed`,
    hosting(async (start) => {
      const seen: (ClientTls | undefined)[] = []
      const host = await start(({ client, version }) => {
        seen.push(client.tls)
        return text(version)
      }, mount)
      const content = await new Promise((resolve, reject) => {
        const request = requestHttps(
          {
            port: host.port,
            host: '127.0.0.1',
            servername: 'a.example',
            rejectUnauthorized: false,
            agent: false,
          },
          (response) => {
            let got = ''
            response.on('data', (bytes) => {
              got += bytes
            })
            response.on('end', () => resolve(got))
          },
        )
        request.on('error', reject)
        request.end()
      })
      assert.is(content, '1.1')
      assert.is(seen[0]?.protocol, 'TLSv1.3')
      assert.is(seen[0]?.serverName, 'a.example')
      assert.is(seen[0]?.peerCertificate, undefined)
      assert.is(seen[0]?.authorized, false)
    }),
  )
}

secure(
  'HTTP/2 over TLS has client.tls too',
  hosting(async (start) => {
    const seen: (ClientTls | undefined)[] = []
    const host = await start(
      ({ client }) => {
        seen.push(client.tls)
        return text('hello')
      },
      (handler, options) =>
        createSecureServer({ ...selfSigned, allowHTTP1: true }, toListener(handler, options)),
    )
    const session = connectHttp2(`https://127.0.0.1:${host.port}`, { rejectUnauthorized: false })
    assert.is((await ask(session)).content, 'hello')
    await new Promise<void>((resolve) => session.close(resolve))
    assert.is(seen[0]?.protocol, 'TLSv1.3')
  }),
)

secure.run()
