// Errors around a middleware in an application of Node, and calls that it may not make.
import { createServer } from 'node:http'
import { fields, toBody } from '@sluice/body'
import { mapText } from '@sluice/filter'
import { toMiddleware } from '@sluice/node'
import { HttpError, mapResponse, request as newRequest, output, stream } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { around, unused } from '../support/node/around.ts'
import { hosting } from '../support/node/hosting.ts'
import { throwsAtOnce } from '../support/rejects.ts'
import { get } from '../support/server/serving.ts'
import { deferred, turn } from '../support/within.ts'
import type { HttpRequest, HttpResponse, Middleware, PassingMiddleware } from '@sluice/stack'
import type { ErrorLayer, Layer } from '../support/node/around.ts'
import type { Mount } from '../support/node/hosting.ts'

const loud = output(mapText((part) => part.toUpperCase()))

/** Answers errors as an application does, and says what is left of the response that failed. */
const answering: ErrorLayer = {
  error(error, _, res) {
    const left = [...res.getHeaderNames(), res.statusCode, res.headersSent, res.writableEnded]
    res.statusCode = 503
    res.setHeader('x-left', left.join(' '))
    res.end(`answered: ${String(codeOf(error))}`)
  },
}

const failing =
  (change: (response: HttpResponse) => HttpResponse): PassingMiddleware =>
  (next) =>
  (request) =>
    mapResponse(next(request), change)

const refused = () => new HttpError('FORBIDDEN', 'Cannot go on: a test')

const failsAtFirst = async function* () {
  throw refused()
  // biome-ignore lint/correctness/noUnreachable: makes it a generator of data
  yield ''
}

const early: Readonly<Record<string, PassingMiddleware>> = {
  'a middleware that throws before it passes the request on': () => () => {
    throw refused()
  },
  'a middleware that rejects': () => async () => {
    throw refused()
  },
  'a middleware that throws after it got the response': failing(() => {
    throw refused()
  }),
  'a body that fails before its first byte': failing((response) => ({
    ...response,
    body: toBody(failsAtFirst()),
  })),
  'a response that cannot be sent': failing((response) => ({
    ...response,
    headers: fields({ 'content-length': 'x' }),
    body: toBody('B'),
  })),
}

const errors = suite('toMiddleware: errors before the head')

for (const [name, middleware] of Object.entries(early))
  errors(
    `${name}: the framework gets the error, and the response as it was before`,
    hosting(async (start) => {
      const outside: Layer = (_, res, next) => {
        res.setHeader('x-outside', '1')
        next()
      }
      const app: Layer = (_, res) => {
        res.writeHead(201, 'Made', { etag: '"1"', 'content-length': 1 }).end('A')
      }
      const host = await start(unused, around(middleware, [app, answering], [outside]))
      const { status, fields: got, content } = await host.ask(get())
      assert.is(status, 503)
      assert.match(content, /^answered: (FORBIDDEN|RESPONSE_INVALID)$/)
      assert.is(got.get('x-outside'), '1')
      assert.is(got.get('etag'), undefined)
      assert.is(got.get('x-left'), 'x-outside 200 false false')
      assert.equal(host.told, [])
    }),
  )

errors(
  'the fields of an error go with the answer of the framework, beside those that were there',
  hosting(async (start) => {
    const outside: Layer = (_, res, next) => {
      res.setHeader('vary', 'origin')
      next()
    }
    const refusing: PassingMiddleware = () => () => {
      throw new HttpError('UNAUTHORIZED', 'Cannot go on: a test', {
        headers: { 'www-authenticate': 'Basic', vary: 'accept', 'content-length': '1' },
      })
    }
    const host = await start(unused, around(refusing, [answering], [outside]))
    const { fields: got, content } = await host.ask(get())
    assert.is(content, 'answered: UNAUTHORIZED')
    assert.is(got.get('www-authenticate'), 'Basic')
    assert.is(got.get('vary'), 'origin, accept')
    assert.is(got.get('content-type'), undefined)
  }),
)

errors(
  'an error while the application still writes is answered here, and what it writes is dropped',
  hosting(async (start) => {
    const dropped = deferred()
    const app: Layer = (_, res) => {
      res.setHeader('etag', '"1"')
      res.write('A')
      setImmediate(() => {
        res.write('B')
        res.end('C', () => dropped.resolve())
      })
    }
    const middleware = failing(() => {
      throw refused()
    })
    const host = await start(unused, around(middleware, [app, answering]))
    const { status, fields: got, content } = await host.ask(get())
    assert.is(status, 403)
    assert.is(content, 'Cannot go on: a test\n')
    assert.is(got.get('etag'), undefined)
    assert.equal(host.told.map(codeOf), ['FORBIDDEN'])
    await dropped.promise
  }),
)

errors(
  'an error of the application is answered by the application, behind the middleware',
  hosting(async (start) => {
    const app: Layer = (_, __, next) => next(refused())
    const host = await start(unused, around(loud, [app, answering]))
    const { status, content } = await host.ask(get())
    assert.is(status, 503)
    assert.is(content, 'ANSWERED: FORBIDDEN')
  }),
)

errors(
  'an error before the application has answered is answered here: next is called once',
  hosting(async (start) => {
    const told = deferred()
    const failsLater: PassingMiddleware = (next) => async (request) => {
      void next(request)
      throw refused()
    }
    const app: Layer = (_, res) => {
      setTimeout(() => res.end('late', () => told.resolve()), 20)
    }
    const host = await start(unused, around(failsLater, [app, answering]))
    const { status, content } = await host.ask(get())
    assert.is(status, 403)
    assert.match(content, /a test/)
    await told.promise
    assert.equal(host.told.map(codeOf), ['FORBIDDEN'])
  }),
)

errors.run()

const late = suite('toMiddleware: errors after the head')

late(
  'what was flushed arrives, and the response does not look complete',
  hosting(async (start) => {
    const broken = failing((response) => ({
      ...response,
      body: toBody(
        (async function* () {
          yield 'B'.repeat(100_000)
          yield { kind: 'flush' } as const
          throw refused()
        })(),
      ),
    }))
    const host = await start(
      unused,
      around(broken, (_, res) => res.end('A')),
    )
    const client = await host.connect()
    client.send(get())
    const all = (await client.takeRest()).toString()
    assert.is(all.replace(/[^B]/g, '').length, 100_000)
    assert.not.ok(all.endsWith('0\r\n\r\n'))
    assert.equal(host.told.map(codeOf), ['FORBIDDEN'])
  }),
)

late(
  'res.destroy cuts the response, and closes the body once',
  hosting(async (start) => {
    let closed = 0
    const watching: PassingMiddleware = (next) => (request) =>
      mapResponse(next(request), (response) => ({
        ...response,
        body: toBody(
          (async function* () {
            try {
              yield* response.body
            } finally {
              closed++
            }
          })(),
        ),
      }))
    const app: Layer = (_, res) => {
      res.write('A')
      setTimeout(() => res.destroy(), 20)
    }
    const host = await start(unused, around(watching, app))
    const client = await host.connect()
    client.send(get())
    await client.ending
    await turn(20)
    assert.is(closed, 1)
    assert.equal(host.told, [])
  }),
)

late(
  'a client that leaves before the application answers ends the wait of the middleware',
  hosting(async (start) => {
    const reached = deferred()
    const ended = deferred<unknown>()
    const waiting: PassingMiddleware = (next) => async (request) => {
      try {
        return await next(request)
      } catch (error) {
        ended.resolve(codeOf(error))
        throw error
      }
    }
    const host = await start(
      unused,
      around(waiting, () => reached.resolve()),
    )
    const client = await host.connect()
    client.send(get())
    await reached.promise
    client.destroy()
    assert.is(await ended.promise, 'READER_GONE')
    await turn(20)
    assert.equal(host.told, [])
  }),
)

late(
  'a middleware that answers by itself, while the application never does, leaves no rejection',
  hosting(async (start) => {
    const instead: PassingMiddleware = (next) => (request) => {
      void next(request)
      return stream(
        (async function* () {
          yield 'B'
          yield { kind: 'flush' } as const
          await deferred().promise
        })(),
      )
    }
    const host = await start(
      unused,
      around(instead, () => {}),
    )
    const client = await host.connect()
    client.send(get())
    await client.takeTo('B')
    client.destroy()
    await turn(20)
    assert.equal(host.told, [])
  }),
)

for (const stated of [10, 2])
  late(
    `an application that states ${stated} bytes and writes 5, behind a filter: the response is cut, and reported`,
    hosting(async (start) => {
      const app: Layer = (_, res) => {
        res.setHeader('content-length', stated)
        res.end('hello')
      }
      const host = await start(unused, around(loud, [app, answering]))
      const client = await host.connect()
      client.send(get())
      assert.is((await client.takeRest()).toString(), '')
      assert.equal(host.told.map(codeOf), ['LENGTH_MISMATCH'])
    }),
  )

late.run()

const requests = suite('toMiddleware: passing requests on')

const found = (pass: (next: (request: HttpRequest) => unknown, request: HttpRequest) => unknown) =>
  hosting(async (start) => {
    let code: unknown
    const middleware: PassingMiddleware = (next) => async (request) => {
      const response = await next(request)
      try {
        await pass((given) => next({ ...request, ...given }), request)
      } catch (error) {
        code = codeOf(error)
      }
      return response
    }
    const host = await start(
      unused,
      around(middleware, (_, res) => res.end('A')),
    )
    assert.is((await host.ask(get())).content, 'A')
    assert.is(code, 'NEXT_TWICE')
  })

requests(
  'passing on twice is refused',
  found((next, request) => next(request)),
)

requests(
  'a request that was made anew is passed on if it has the client of the one that came',
  hosting(async (start) => {
    const codes: unknown[] = []
    const middleware: Middleware = (next) => async (given) => {
      try {
        await next(newRequest('/other'))
      } catch (error) {
        codes.push(codeOf(error))
      }
      return next(newRequest('/new?a=1', { method: 'PUT', client: given.client }))
    }
    const app: Layer = (req, res) => {
      res.end(`${req.method} ${req.url}`)
    }
    const host = await start(unused, around(middleware, app))
    assert.is((await host.ask(get())).content, 'PUT /new?a=1')
    assert.equal(codes, ['REQUEST_UNKNOWN'])
  }),
)

requests(
  'what is no request is refused by the same code',
  hosting(async (start) => {
    for (const given of [undefined, null, {}]) {
      const middleware: Middleware = (next) => () => Reflect.apply(next, undefined, [given])
      const host = await start(unused, around(middleware, [answering]))
      assert.is((await host.ask(get())).content, 'answered: REQUEST_UNKNOWN')
    }
  }),
)

requests(
  'without next nothing follows: 404 through the middleware, and errors by their status',
  hosting(async (start) => {
    const refusing: PassingMiddleware = () => () => {
      throw refused()
    }
    const alone =
      (middleware: Middleware): Mount =>
      (_, options) =>
        createServer((req, res) => toMiddleware(middleware, options)(req, res))
    const passing = await start(unused, alone(loud))
    const found = await passing.ask(get())
    assert.is(found.status, 404)
    assert.is(found.content, 'CANNOT GET /')
    assert.equal(passing.told, [])
    const failing = await start(unused, alone(refusing))
    assert.is((await failing.ask(get())).status, 403)
    assert.equal(failing.told.map(codeOf), ['FORBIDDEN'])
  }),
)

requests('what is no middleware is refused at the call', () => {
  throwsAtOnce(() => Reflect.apply(toMiddleware, undefined, [undefined]), TypeError)
  throwsAtOnce(() => Reflect.apply(toMiddleware, undefined, [() => ({})]), TypeError)
})

requests.run()
