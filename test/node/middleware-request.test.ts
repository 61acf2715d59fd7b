// The request behind a middleware: what the application reads of it by `req`.
import { gzipSync } from 'node:zlib'
import { fields, toBody } from '@sluice/body'
import { fromPull } from '@sluice/body/engine'
import { decompressInput } from '@sluice/compress'
import { mapBytes } from '@sluice/filter'
import { toMiddleware } from '@sluice/node'
import { input, stack } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { around, unused } from '../support/node/around.ts'
import { hosting } from '../support/node/hosting.ts'
import { readResponse } from '../support/server/read-response.ts'
import { get } from '../support/server/serving.ts'
import { deferred, turn } from '../support/within.ts'
import type { IncomingMessage } from 'node:http'
import type { HttpRequest, PassingMiddleware } from '@sluice/stack'
import type { ErrorLayer, Layer } from '../support/node/around.ts'

const decompressing = decompressInput()
const passing: PassingMiddleware = (next) => (request) => next(request)

/** Text that does not fit into the buffers of a stream. */
const long = Array.from({ length: 40_000 }, (_, i) => `line ${i}`).join('\n')

const posted = (content: Uint8Array, more = ''): string =>
  `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${content.length}\r\n${more}\r\n${Buffer.from(content).toString('latin1')}`

const coded = (text: string, more = '') =>
  posted(gzipSync(text), `Content-Encoding: gzip\r\n${more}`)

const chunked = (text: string): string => {
  const content = gzipSync(text)
  let sent =
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n'
  for (let at = 0; at < content.length; at += 1000) {
    const part = content.subarray(at, at + 1000)
    sent += `${part.length.toString(16)}\r\n${part.toString('latin1')}\r\n`
  }
  return `${sent}0\r\n\r\n`
}

const readings: Readonly<Record<string, (req: IncomingMessage) => Promise<string>>> = {
  'for await': async (req) => {
    const parts: Buffer[] = []
    for await (const part of req) parts.push(part)
    return Buffer.concat(parts).toString()
  },
  data: (req) =>
    new Promise((resolve, reject) => {
      const parts: Buffer[] = []
      req.on('data', (part) => parts.push(part))
      req.on('end', () => resolve(Buffer.concat(parts).toString()))
      req.on('error', reject)
    }),
  'readable and read': (req) =>
    new Promise((resolve) => {
      const parts: Buffer[] = []
      req.on('readable', () => {
        for (;;) {
          const part: Buffer | null = req.read()
          if (part === null) break
          parts.push(part)
        }
      })
      req.on('end', () => resolve(Buffer.concat(parts).toString()))
    }),
  setEncoding: async (req) => {
    req.setEncoding('latin1')
    let all = ''
    for await (const part of req) all += part
    return all
  },
  'pause and resume': (req) =>
    new Promise((resolve) => {
      const parts: Buffer[] = []
      req.on('data', (part) => {
        parts.push(part)
        req.pause()
        setImmediate(() => req.resume())
      })
      req.on('end', () => resolve(Buffer.concat(parts).toString()))
    }),
}

/** Answers with the length and the end of what was read. */
const sumOf = (text: string) => `${text.length} ${text.slice(-9)}`

const reading =
  (read: (req: IncomingMessage) => Promise<string>): Layer =>
  (req, res, next) => {
    read(req).then((text) => res.end(sumOf(text)), next)
  }

const request = suite('toMiddleware: the request')

for (const [name, read] of Object.entries(readings))
  for (const [how, given] of Object.entries({ 'with a length': coded, chunked }))
    request(
      `filtered content ${how} is read by ${name}`,
      hosting(async (start) => {
        const host = await start(unused, around(decompressing, reading(read)))
        const client = await host.connect()
        client.send(given(long))
        assert.is((await readResponse(client)).content, sumOf(long))
        // The connection serves another request.
        client.send(coded('short'))
        assert.is((await readResponse(client)).content, sumOf('short'))
      }),
    )

request(
  'filtered content is piped',
  hosting(async (start) => {
    const host = await start(
      unused,
      around(decompressing, (req, res) => req.pipe(res)),
    )
    assert.is((await host.ask(coded(long))).content, long)
  }),
)

request(
  'content that came before the middleware is not lost',
  hosting(async (start) => {
    const waits: Layer = (_, __, next) => {
      turn(20).then(() => next())
    }
    const read = readings['for await'] ?? unused
    for (const text of ['short', long]) {
      const host = await start(unused, around(decompressing, reading(read), [waits]))
      assert.is((await host.ask(coded(text))).content, sumOf(text))
    }
  }),
)

request(
  'the fields agree with the filtered content, and parsers see that there is some',
  hosting(async (start) => {
    const app: Layer = (req, res) => {
      const names = ['content-encoding', 'content-length', 'transfer-encoding', 'x-a']
      const distinct = names.map((name) => req.headersDistinct[name]?.[0])
      const raw = names.map((name) => {
        const at = req.rawHeaders.findIndex((each) => each.toLowerCase() === name)
        return at < 0 ? undefined : req.rawHeaders[at + 1]
      })
      const all = [names.map((name) => req.headers[name]), distinct, raw]
      res.end(JSON.stringify(all))
    }
    const host = await start(unused, around(decompressing, app))
    const { content } = await host.ask(coded('some', 'X-A: 1\r\n'))
    const wanted = [null, null, 'chunked', '1']
    assert.equal(JSON.parse(content), [wanted, wanted, wanted])
  }),
)

request(
  'rawHeaders keep their names, and those that are added look like those of clients',
  hosting(async (start) => {
    const changing: PassingMiddleware = (next) => (given) =>
      next({ ...given, headers: given.headers.with('x-a', '2') })
    const app: Layer = (req, res) => res.end(JSON.stringify(req.rawHeaders))
    const host = await start(unused, around(stack(changing, decompressing), app))
    const { content } = await host.ask(coded('some', 'X-A: 1\r\nX-B: 1\r\n'))
    const wanted = ['Host', 'a', 'X-B', '1', 'X-A', '2', 'Transfer-Encoding', 'chunked']
    assert.equal(JSON.parse(content), wanted)
  }),
)

request(
  'the middleware sees what layers in front have changed of req.headers, and the lines of all others',
  hosting(async (start) => {
    let seen: HttpRequest['headers'] | undefined
    const looking: PassingMiddleware = (next) => (given) => {
      seen = given.headers
      return next(given)
    }
    const names = ['x-gone', 'x-new', 'x-other', 'x-two', 'x-list', 'cookie', 'host', 'x-none']
    const front: Layer = (req, _, next) => {
      const { headers } = req
      delete headers['x-gone']
      headers['x-new'] = '1'
      headers['x-other'] = '2'
      headers['x-list'] = ['a', 'b']
      headers['x-none'] = undefined
      next()
    }
    const host = await start(
      unused,
      around(looking, (_, res) => res.end(), [front]),
    )
    const lines = ['X-Gone: 1', 'X-Other: 1', 'X-Two: 1', 'X-Two: 2', 'Cookie: b1', 'Cookie: b2']
    await host.ask(get('/', ...lines))
    const single = names.map((name) => seen?.get(name))
    const wanted = [[], ['1'], ['2'], ['1', '2'], ['a', 'b'], ['b1', 'b2'], ['a'], []]
    assert.equal(
      single,
      wanted.map((each) =>
        each.length === 0 ? undefined : each.join(each[1] === 'b2' ? '; ' : ', '),
      ),
    )
    assert.equal(
      names.map((name) => seen?.getAll(name)),
      wanted,
    )
  }),
)

request(
  'a request that the middleware does not touch is left alone',
  hosting(async (start) => {
    const own: unknown[] = []
    const app: Layer = (req, res) => {
      own.push(Object.hasOwn(req, '_read'), Object.hasOwn(req, 'push'))
      req.pipe(res)
    }
    for (const middleware of [passing, decompressing]) {
      const host = await start(unused, around(middleware, app))
      assert.is((await host.ask(posted(Buffer.from('some')))).content, 'some')
    }
    assert.equal(own, [false, false, false, false])
  }),
)

request(
  'two middlewares filter one after the other',
  hosting(async (start) => {
    const added = toMiddleware(input(mapBytes((bytes) => bytes.map((byte) => byte + 1))))
    const read = readings.data ?? unused
    const host = await start(unused, around(decompressing, [added, reading(read)]))
    assert.is((await host.ask(coded('abc'))).content, sumOf('bcd'))
  }),
)

request(
  'a middleware may replace the content, the method and the target',
  hosting(async (start) => {
    const replacing: PassingMiddleware = (next) => (given) =>
      next({ ...given, method: 'PUT', target: '/other', body: toBody('new') })
    const app: Layer = (req, res) => {
      res.write(`${req.method} ${req.url} ${req.headers['content-length']} `)
      req.pipe(res)
    }
    const host = await start(unused, around(replacing, app))
    assert.is((await host.ask(get())).content, 'PUT /other 3 new')
  }),
)

for (const [target, url] of [
  ['/app/other?n=1', '/other?n=1'],
  ['/app/', '/'],
  ['/app', '/'],
  ['/app?n=1', '/?n=1'],
  ['/apple', '/apple'],
  ['/other', '/other'],
  ['*', '*'],
] as const)
  request(
    `a middleware in a mount replaces the target by ${target}: the application sees the url ${url}`,
    hosting(async (start) => {
      const replacing: PassingMiddleware = (next) => (given) => next({ ...given, target })
      const mounted: Layer = (req, _, next) => {
        Object.assign(req, { baseUrl: '/app', originalUrl: req.url, url: '/' })
        next()
      }
      const app: Layer = (req, res) => res.end(req.url)
      const host = await start(unused, around(replacing, app, [mounted]))
      assert.is((await host.ask(get('/app'))).content, url)
    }),
  )

request(
  'a target that stays is not written to url',
  hosting(async (start) => {
    const front: Layer = (req, _, next) => {
      Object.assign(req, { baseUrl: '/app', originalUrl: '/app/page', url: '/rewritten' })
      next()
    }
    const app: Layer = (req, res) => res.end(req.url)
    const host = await start(unused, around(passing, app, [front]))
    assert.is((await host.ask(get('/app/page'))).content, '/rewritten')
  }),
)

request.run()

const failures = suite('toMiddleware: the request fails')

const answering: ErrorLayer = {
  error(error, _, res) {
    res.statusCode = 400
    res.end(String(codeOf(error)))
  },
}

failures(
  'an error of the filter comes by req, and can be answered on the same connection',
  hosting(async (start) => {
    for (const name of ['for await', 'data']) {
      const read = readings[name] ?? unused
      const host = await start(unused, around(decompressing, [reading(read), answering]))
      const client = await host.connect()
      client.send(posted(Buffer.from('no gzip'), 'Content-Encoding: gzip\r\n'))
      const { status, content } = await readResponse(client)
      assert.is(status, 400)
      assert.is(content, 'CODING_INVALID')
      client.send(coded('short'))
      assert.is((await readResponse(client)).content, sumOf('short'))
    }
  }),
)

failures(
  'content that other code has read is an error that names the cause',
  hosting(async (start) => {
    const parser: Layer = (req, _, next) => {
      readings.data?.(req).then((text) => {
        Reflect.set(req, 'body', text)
        next()
      })
    }
    let found: unknown
    const answers: ErrorLayer = {
      error(error, _, res) {
        found = error
        res.end()
      },
    }
    const app: Layer = (_, res) => res.end()
    const host = await start(unused, around(decompressing, [app, answers], [parser]))
    await host.ask(coded('some'))
    assert.is(codeOf(found), 'BODY_USED')
    assert.match(String(found), /parser/)
  }),
)

failures(
  'an application that does not read answers, and the connection serves another request',
  hosting(async (start) => {
    const host = await start(
      unused,
      around(decompressing, (_, res) => res.end('answered')),
    )
    const client = await host.connect()
    client.send(coded(long) + coded(long))
    assert.is((await readResponse(client)).content, 'answered')
    assert.is((await readResponse(client)).content, 'answered')
  }),
)

failures(
  'a client that leaves while it uploads is an error of req, as in Node',
  hosting(async (start) => {
    const ended = deferred<unknown[]>()
    const events: unknown[] = []
    const app: Layer = (req) => {
      req.on('data', () => events.push('data'))
      req.on('aborted', () => events.push('aborted'))
      req.on('error', (error) => events.push(codeOf(error)))
      req.on('close', () => ended.resolve(events))
    }
    const host = await start(unused, around(decompressing, app))
    const client = await host.connect()
    const all = coded(long)
    client.send(all.slice(0, all.length - 100))
    while (events.length === 0) await turn()
    client.destroy()
    const seen = (await ended.promise).filter((event) => event !== 'data')
    assert.equal(seen, ['aborted', 'ECONNRESET'])
    assert.equal(host.told, [])
  }),
)

failures.run()

const frames = suite('toMiddleware: frames of the request')

frames(
  'a pause delays, a receipt is settled when the data was read, and trailers are those of the middleware',
  hosting(async (start) => {
    const noted: string[] = []
    const resumed = deferred()
    const made: PassingMiddleware = (next) => (request) =>
      next({
        ...request,
        body: toBody(
          (async function* () {
            yield 'first,'
            yield { kind: 'flush', sent: (lost: unknown) => noted.push(`sent ${lost}`) } as const
            yield { kind: 'pause', until: resumed.promise } as const
            noted.push('resumed')
            yield 'rest'
            yield { kind: 'trailers', fields: fields({ 'x-made': '1' }) } as const
          })(),
        ),
      })
    const app: Layer = (req, res) => {
      req.on('data', (part: Uint8Array) => noted.push(Buffer.from(part).toString()))
      req.on('end', () => res.end(`${req.trailers['x-made']} ${req.rawTrailers.join()}`))
      setTimeout(() => resumed.resolve(), 20)
    }
    const host = await start(unused, around(made, app))
    assert.is((await host.ask(posted(Buffer.from('a')))).content, '1 x-made,1')
    assert.equal(noted, ['first,', 'sent undefined', 'resumed', 'rest'])
  }),
)

frames(
  'an endless body of pauses whose promise is fulfilled lets another request be served',
  hosting(async (start) => {
    let pauses = 0
    const failures: string[] = []
    const made: PassingMiddleware = (next) => (request) =>
      next({
        ...request,
        body: fromPull(() => ({
          pull() {
            if (++pauses > 300_000) throw new Error('no other code has run')
            return { kind: 'pause', until: Promise.resolve() } as const
          },
          close() {},
        })),
      })
    const app: Layer = (req, res) => {
      if (req.url === '/other') return void res.end('served')
      req.on('error', (error) => failures.push(error.message))
      req.resume()
    }
    const host = await start(unused, around(made, app))
    const reader = await host.connect()
    reader.send(coded(long))
    while (pauses === 0) await turn()
    const other = await host.connect()
    other.send('GET /other HTTP/1.1\r\nhost: a\r\n\r\n')
    assert.is((await readResponse(other, 'GET')).content, 'served')
    assert.equal(failures, [])
    reader.destroy()
    assert.equal(host.told, [])
  }),
)

frames.run()
