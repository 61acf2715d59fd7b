// A middleware around an application on the compatibility API of `node:http2`.
import { connect, createServer } from 'node:http2'
import { gzipSync } from 'node:zlib'
import { readText, toBody } from '@sluice/body'
import { decompressInput } from '@sluice/compress'
import { limitBytes, mapText } from '@sluice/filter'
import { toListener, toMiddleware } from '@sluice/node'
import { input, mapResponse, output, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { unused } from '../support/node/around.ts'
import { hosting } from '../support/node/hosting.ts'
import { within } from '../support/within.ts'
import type { Http2ServerRequest, Http2ServerResponse, IncomingHttpHeaders } from 'node:http2'
import type { Middleware, PassingMiddleware } from '@sluice/stack'
import type { Host, Mount } from '../support/node/hosting.ts'

type App = (req: Http2ServerRequest, res: Http2ServerResponse) => void

const loud = output(mapText((part) => part.toUpperCase()))
const passing: PassingMiddleware = (next) => (request) => next(request)
const middlewares = { 'a body that is filtered': loud, 'a body that is left as it is': passing }

const around =
  (middleware: Middleware, app: App): Mount =>
  (_, options) => {
    const layer = toMiddleware(middleware, options)
    return createServer((req, res) =>
      layer(req, res, (error) => {
        if (error === undefined) return app(req, res)
        res.statusCode = 503
        res.end(`failed: ${String(codeOf(error))}`)
      }),
    )
  }

interface Answer {
  readonly headers: IncomingHttpHeaders
  readonly trailers: IncomingHttpHeaders | undefined
  readonly content: string
  /** The code of the stream's end. */
  readonly code: number | undefined
}

const ask = async (
  host: Host,
  headers: IncomingHttpHeaders = {},
  content?: Uint8Array,
): Promise<Answer> => {
  const session = connect(`http://127.0.0.1:${host.port}`)
  try {
    const stream = session.request(
      { ':path': '/', ...headers },
      { endStream: content === undefined },
    )
    if (content !== undefined) stream.end(content)
    let got: IncomingHttpHeaders = {}
    let trailers: IncomingHttpHeaders | undefined
    const parts: Buffer[] = []
    stream.on('response', (given) => {
      got = given
    })
    stream.on('trailers', (given) => {
      trailers = given
    })
    stream.on('data', (part) => parts.push(part))
    stream.on('error', () => {})
    await within(10_000, new Promise((resolve) => stream.on('close', resolve)))
    return {
      headers: got,
      trailers,
      content: Buffer.concat(parts).toString(),
      code: stream.rstCode,
    }
  } finally {
    session.destroy()
  }
}

const http2 = suite('toMiddleware: http2')

for (const [name, middleware] of Object.entries(middlewares)) {
  http2(
    `${name}: end alone, writes and trailers arrive`,
    hosting(async (start) => {
      const whole = await start(
        unused,
        around(middleware, (_, res) => {
          res.writeHead(201, { 'x-a': '1' })
          res.end('ALL')
        }),
      )
      const one = await ask(whole)
      assert.is(one.headers[':status'], 201)
      assert.is(one.headers['x-a'], '1')
      assert.is(one.content, 'ALL')
      const parts = await start(
        unused,
        around(middleware, (_, res) => {
          res.write('ONE, ')
          setImmediate(() => {
            res.addTrailers({ 'x-sum': '9f' })
            res.end('TWO')
          })
        }),
      )
      const two = await ask(parts)
      assert.is(two.content, 'ONE, TWO')
      assert.is(two.trailers?.['x-sum'], '9f')
    }),
  )

  http2(
    `${name}: after the head, fields and another head are Node's error, and res says so`,
    hosting(async (start) => {
      const found: unknown[] = []
      const app: App = (_, res) => {
        found.push(res.headersSent)
        res.write('A')
        found.push(res.headersSent, res.writableEnded)
        for (const call of [() => res.setHeader('x-a', '1'), () => res.writeHead(500)])
          try {
            call()
          } catch (error) {
            found.push(codeOf(error))
          }
        res.end()
        found.push(res.writableEnded)
      }
      const host = await start(unused, around(middleware, app))
      assert.is((await ask(host)).content, 'A')
      const code = 'ERR_HTTP2_HEADERS_SENT'
      assert.equal(found, [false, true, false, code, code, true])
    }),
  )

  http2(
    `${name}: what is piped waits for room and arrives whole`,
    hosting(async (start) => {
      const chunk = 'A'.repeat(16_384)
      const app: App = (_, res) => {
        let left = 256
        const write = () => {
          while (left > 0) {
            left--
            if (!res.write(chunk)) return void res.once('drain', write)
          }
          res.end()
        }
        write()
      }
      const host = await start(unused, around(middleware, app))
      assert.is((await ask(host)).content.length, 256 * chunk.length)
    }),
  )

  http2(
    `${name}: HEAD and 204 have no content`,
    hosting(async (start) => {
      const host = await start(
        unused,
        around(middleware, (req, res) => {
          if (req.url === '/204') res.writeHead(204).end()
          else res.end('DATA')
        }),
      )
      assert.is((await ask(host, { ':method': 'HEAD' })).headers[':status'], 200)
      assert.is((await ask(host, { ':path': '/204' })).headers[':status'], 204)
    }),
  )
}

http2(
  'an error before the head goes to next, one after it resets the stream',
  hosting(async (start) => {
    const failing =
      (first: string): PassingMiddleware =>
      (next) =>
      (request) =>
        mapResponse(next(request), (response) => ({
          ...response,
          body: toBody(
            (async function* () {
              if (first !== '') {
                yield first
                yield { kind: 'flush' } as const
              }
              throw Object.assign(new Error('a test'), { code: 'TEST' })
            })(),
          ),
        }))
    const early = await start(
      unused,
      around(failing(''), (_, res) => res.end('A')),
    )
    const answered = await ask(early)
    assert.is(answered.headers[':status'], 503)
    assert.is(answered.content, 'failed: TEST')
    const late = await start(
      unused,
      around(failing('some'), (_, res) => res.end('A')),
    )
    const cut = await ask(late)
    assert.is(cut.content, 'some')
    assert.is(cut.code, 2)
    assert.equal(late.told.map(codeOf), ['TEST'])
  }),
)

http2(
  'filtered content is read by req',
  hosting(async (start) => {
    const long = Array.from({ length: 40_000 }, (_, i) => `line ${i}`).join('\n')
    const host = await start(
      unused,
      around(decompressInput(), (req, res) => {
        assert.is(req.headers['content-encoding'], undefined)
        req.pipe(res)
      }),
    )
    const headers = { ':method': 'POST', 'content-encoding': 'gzip' }
    assert.is((await ask(host, headers, gzipSync(long))).content, long)
    assert.is((await ask(host, { ':method': 'POST' }, Buffer.from('plain'))).content, 'plain')
  }),
)

const listener = toListener(async ({ body }) => text(await readText(body)), { onError() {} })
const readers: Readonly<Record<string, App>> = {
  'an application that hears no error': (req, res) => {
    req.on('data', () => {})
    req.on('end', () => res.end('read'))
  },
  'a listener of ours': listener,
}

for (const [name, app] of Object.entries(readers))
  for (const bytes of [3000, 300_000])
    http2(
      `content of ${bytes} bytes that fails in a filter, before ${name}: the client gets the status, and its stream closes`,
      hosting(async (start) => {
        const host = await start(unused, around(input(limitBytes({ maxBytes: 1000 })), app))
        const answered = await ask(host, { ':method': 'POST' }, Buffer.alloc(bytes))
        assert.is(answered.headers[':status'], 413)
        assert.match(answered.content, /more than 1000 bytes/)
        assert.is(answered.code, 0)
      }),
    )

http2.run()
