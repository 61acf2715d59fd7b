// The head of a response behind a middleware: how it begins, who sees it, and what becomes of it.
import { fields, toBody } from '@sluice/body'
import { mapText } from '@sluice/filter'
import { mapResponse, output, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { around, unused } from '../support/node/around.ts'
import { hosting } from '../support/node/hosting.ts'
import { get } from '../support/server/serving.ts'
import type { ServerResponse } from 'node:http'
import type { HttpResponse, PassingMiddleware } from '@sluice/stack'
import type { Layer } from '../support/node/around.ts'

const loud = output(mapText((part) => part.toUpperCase()))
const passing: PassingMiddleware = (next) => (request) => next(request)
const middlewares = { 'a body that is filtered': loud, 'a body that is left as it is': passing }

/** A layer that hears of the head before it is sent, as those of `on-headers` do. */
const hears =
  (heard: (res: ServerResponse) => void): Layer =>
  (_, res, next) => {
    const { writeHead } = res
    let isFirst = true
    Reflect.set(res, 'writeHead', (...given: Parameters<typeof writeHead>) => {
      if (isFirst) heard(res)
      isFirst = false
      return writeHead.apply(res, given)
    })
    next()
  }

const begins: Readonly<Record<string, (res: ServerResponse) => void>> = {
  'end alone': (res) => res.end('A'),
  'a write': (res) => {
    res.write('A')
    res.end()
  },
  flushHeaders: (res) => {
    res.flushHeaders()
    res.end('A')
  },
  writeHead: (res) => res.writeHead(200).end('A'),
}

const layers = suite('toMiddleware: layers outside and inside')

for (const [name, middleware] of Object.entries(middlewares))
  for (const [how, begin] of Object.entries(begins))
    layers(
      `${name}, begun by ${how}: layers hear of the head once, from the inside out, and may still set fields`,
      hosting(async (start) => {
        const order: string[] = []
        const note = (layer: string) =>
          hears((res) => {
            order.push(layer)
            res.setHeader(`x-${layer}`, '1')
          })
        const app = around(middleware, [note('inside'), (_, res) => begin(res)], [note('outside')])
        const host = await start(unused, app)
        const { fields: got, content } = await host.ask(get())
        assert.is(content, 'A')
        assert.equal(order, ['inside', 'outside'])
        assert.is(got.get('x-inside'), '1')
        assert.is(got.get('x-outside'), '1')
      }),
    )

layers(
  'a middleware sees what a layer inside sets, and a layer outside sees what a middleware sets',
  hosting(async (start) => {
    const seen: unknown[] = []
    const adding: PassingMiddleware = (next) => (request) =>
      mapResponse(next(request), (response) => {
        seen.push(response.headers.get('x-inside'))
        return { ...response, headers: response.headers.with('x-middleware', '2') }
      })
    const inside = hears((res) => res.setHeader('x-inside', '1'))
    const outside = hears((res) => seen.push(res.getHeader('x-middleware')))
    const host = await start(unused, around(adding, [inside, (_, res) => res.end('A')], [outside]))
    await host.ask(get())
    assert.equal(seen, ['1', '2'])
  }),
)

layers(
  'a layer outside that ends later sends what it was given',
  hosting(async (start) => {
    const late: Layer = (_, res, next) => {
      const { end } = res
      Reflect.set(res, 'end', (...given: unknown[]) => {
        setImmediate(() => Reflect.apply(end, res, given))
        return res
      })
      next()
    }
    for (const middleware of Object.values(middlewares)) {
      const host = await start(
        unused,
        around(middleware, (_, res) => res.end('A'), [late]),
      )
      assert.is((await host.ask(get())).content, 'A')
    }
  }),
)

layers('two middlewares filter one after the other', async () => {
  const quoted = output(mapText((part) => `<${part}>`))
  const { toMiddleware } = await import('@sluice/node')
  await hosting(async (start) => {
    const inner = toMiddleware(loud)
    const app: Layer = (_, res) => {
      res.write('one')
      setImmediate(() => res.end('two'))
    }
    const host = await start(unused, around(quoted, [inner, app]))
    const { content } = await host.ask(get())
    // Frames may be joined on their way.
    assert.is(content.replace('><', ''), '<ONETWO>')
  })()
})

layers.run()

const forms = suite('toMiddleware: writeHead')

const calls: Readonly<Record<string, readonly unknown[]>> = {
  'an object': [201, { 'X-A': '1', 'X-B': ['2', '3'] }],
  'a reason and an object': [201, 'Made', { 'X-A': 1, 'X-B': ['2', '3'] }],
  'names and values': [201, ['X-A', '1', 'X-B', '2', 'X-B', '3']],
  pairs: [
    201,
    [
      ['X-A', '1'],
      ['X-B', '2'],
      ['X-B', '3'],
    ],
  ],
}

for (const [name, middleware] of Object.entries(middlewares))
  for (const [form, given] of Object.entries(calls))
    forms(
      `${name}: ${form} arrive`,
      hosting(async (start) => {
        const app: Layer = (_, res) => {
          res.setHeader('X-A', 'before')
          Reflect.apply(res.writeHead, res, given)
          res.end('A')
        }
        const host = await start(unused, around(middleware, app))
        const { status, fields: got } = await host.ask(get())
        assert.is(status, 201)
        assert.is(got.get('x-a'), '1')
        assert.equal(got.getAll('x-b'), ['2', '3'])
      }),
    )

const mistakes: Readonly<Record<string, (res: ServerResponse) => void>> = {
  ERR_HTTP_INVALID_STATUS_CODE: (res) => res.writeHead(1),
  ERR_INVALID_ARG_VALUE: (res) => Reflect.apply(res.writeHead, res, [200, ['x-a']]),
}

for (const [code, call] of Object.entries(mistakes))
  forms(
    `what Node refuses is refused at the call: ${code}`,
    hosting(async (start) => {
      let found: unknown
      const app: Layer = (_, res) => {
        try {
          call(res)
        } catch (error) {
          found = codeOf(error)
        }
        res.end('A')
      }
      const host = await start(unused, around(loud, app))
      assert.is((await host.ask(get())).status, 200)
      assert.is(found, code)
    }),
  )

for (const [name, middleware] of Object.entries(middlewares))
  forms(
    `${name}: after the head, fields and another head are Node's error`,
    hosting(async (start) => {
      const codes: unknown[] = []
      const late: readonly ((res: ServerResponse) => void)[] = [
        (res) => res.setHeader('x-a', '1'),
        (res) => res.removeHeader('x-a'),
        (res) => res.writeHead(500),
      ]
      const app: Layer = (_, res) => {
        res.write('A')
        for (const call of late)
          try {
            call(res)
          } catch (error) {
            codes.push(codeOf(error))
          }
        res.end()
      }
      const host = await start(unused, around(middleware, app))
      assert.is((await host.ask(get())).status, 200)
      assert.equal(codes, Array(3).fill('ERR_HTTP_HEADERS_SENT'))
    }),
  )

forms.run()

const changes = suite('toMiddleware: a head that a middleware changes')

const changed =
  (change: (response: HttpResponse) => HttpResponse): PassingMiddleware =>
  (next) =>
  (request) =>
    mapResponse(next(request), change)

changes(
  'fields are set, replaced and removed; the others keep their form and their case',
  hosting(async (start) => {
    const middleware = changed((response) => ({
      ...response,
      headers: response.headers.with('x-b', '2').without('x-c').withAdded('set-cookie', 'c=3'),
    }))
    const app: Layer = (_, res) => {
      res.setHeader('X-A', '1')
      res.setHeader('X-B', '1')
      res.setHeader('X-C', '1')
      res.setHeader('Set-Cookie', ['a=1', 'b=2'])
      res.end('A')
    }
    const host = await start(unused, around(middleware, app))
    const client = await host.connect()
    client.send(get())
    const head = await client.takeTo('\r\n\r\n')
    assert.match(head, 'X-A: 1\r\n')
    assert.match(head, 'x-b: 2\r\n')
    assert.not.match(head, /x-c/i)
    assert.is(head.match(/set-cookie/gi)?.length, 3)
    assert.match(head, 'Content-Length: 1\r\n')
  }),
)

changes(
  'another status has its own reason',
  hosting(async (start) => {
    const middleware = changed((response) => ({ ...response, status: 404 }))
    const host = await start(
      unused,
      around(middleware, (_, res) => {
        res.statusMessage = 'Fine'
        res.end('A')
      }),
    )
    const client = await host.connect()
    client.send(get())
    assert.match(await client.takeTo('\r\n\r\n'), /^HTTP\/1\.1 404 Not Found\r\n/)
  }),
)

changes(
  'another body has its own length',
  hosting(async (start) => {
    const middleware = changed((response) => ({
      ...response,
      headers: response.headers.without('content-length'),
      body: toBody('longer than that'),
    }))
    const app: Layer = (_, res) => {
      res.setHeader('content-length', 1)
      res.end('A')
    }
    const host = await start(unused, around(middleware, app))
    const { content, fields: got } = await host.ask(get())
    assert.is(content, 'longer than that')
    assert.is(got.get('content-length'), '16')
  }),
)

changes(
  'fields of the connection stay those of the application',
  hosting(async (start) => {
    const middleware = changed((response) => ({
      ...response,
      headers: response.headers.with('connection', 'x-hop').with('keep-alive', 'no'),
    }))
    const app: Layer = (_, res) => {
      res.setHeader('Connection', 'close')
      res.end('A')
    }
    const host = await start(unused, around(middleware, app))
    const { fields: got } = await host.ask(get())
    assert.is(got.get('connection'), 'close')
    assert.is(got.get('keep-alive'), undefined)
  }),
)

changes(
  'a middleware that answers itself keeps the fields that layers outside have set',
  hosting(async (start) => {
    const middleware: PassingMiddleware = () => () =>
      text('no', { status: 403, headers: fields({ vary: 'cookie', 'x-a': '2' }) })
    const outside: Layer = (_, res, next) => {
      res.setHeader('vary', 'origin')
      res.setHeader('x-a', '1')
      res.setHeader('x-b', '1')
      next()
    }
    const host = await start(
      unused,
      around(middleware, () => {}, [outside]),
    )
    const { status, fields: got, content } = await host.ask(get())
    assert.is(status, 403)
    assert.is(content, 'no')
    assert.is(got.get('vary'), 'origin, cookie')
    assert.is(got.get('x-a'), '2')
    assert.is(got.get('x-b'), '1')
  }),
)

for (const [name, middleware] of Object.entries(middlewares)) {
  changes(
    `${name}: HEAD has the head alone, whatever is written`,
    hosting(async (start) => {
      let ended = false
      const app: Layer = (_, res) => {
        res.setHeader('x-a', '1')
        res.write('some')
        res.end('thing', () => {
          ended = true
        })
      }
      const host = await start(unused, around(middleware, app))
      const client = await host.connect()
      client.send('HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
      const all = (await client.takeRest()).toString()
      assert.match(all, /^HTTP\/1\.1 200 OK\r\n/)
      assert.ok(all.endsWith('\r\n\r\n'))
      assert.ok(ended)
    }),
  )

  for (const status of [204, 304])
    changes(
      `${name}: ${status} has no content`,
      hosting(async (start) => {
        const app: Layer = (_, res) => {
          res.statusCode = status
          res.setHeader('etag', '"1"')
          res.end()
        }
        const host = await start(unused, around(middleware, app))
        const client = await host.connect()
        client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
        const all = (await client.takeRest()).toString()
        assert.match(all, new RegExp(`^HTTP/1.1 ${status} `))
        assert.not.match(all, /content-length|transfer-encoding/i)
        assert.ok(all.endsWith('\r\n\r\n'))
      }),
    )
}

changes.run()
