// What an application may do with `res` behind a middleware, and what it reads of it.
import { toBody } from '@sluice/body'
import { filter, mapText } from '@sluice/filter'
import { toMiddleware } from '@sluice/node'
import { mapResponse, output } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { around, unused } from '../support/node/around.ts'
import { hosting } from '../support/node/hosting.ts'
import { readHead, readResponse } from '../support/server/read-response.ts'
import { get, request } from '../support/server/serving.ts'
import { deferred, turn } from '../support/within.ts'
import type { ServerResponse } from 'node:http'
import type { PassingMiddleware } from '@sluice/stack'
import type { Layer } from '../support/node/around.ts'

const loud = output(mapText((part) => part.toUpperCase()))
const passing: PassingMiddleware = (next) => (request) => next(request)

/** Holds all data until a flush or the end, as a compressor may. */
const holding = output(
  filter('hold', () => {
    let held: Uint8Array[] = []
    return {
      data(bytes) {
        held.push(bytes)
        return undefined
      },
      release() {
        const all = Buffer.concat(held)
        held = []
        return all
      },
    }
  }),
)

const middlewares = { 'a body that is filtered': loud, 'a body that is left as it is': passing }

const writing = suite('toMiddleware: writing')

for (const [name, middleware] of Object.entries(middlewares)) {
  writing(
    `${name}: writes arrive in order, their callbacks run, and finish comes before close`,
    hosting(async (start) => {
      const events: string[] = []
      const closed = deferred()
      const app: Layer = (_, res) => {
        res.on('finish', () => events.push('finish'))
        res.on('close', () => {
          events.push('close')
          closed.resolve()
        })
        res.write('ONE, ', () => events.push('first'))
        setImmediate(() => {
          res.write('TWO, ', 'utf8', () => events.push('second'))
          res.end('THREE', () => events.push('end'))
        })
      }
      const host = await start(unused, around(middleware, app))
      const { content } = await host.ask(get())
      assert.is(content, 'ONE, TWO, THREE')
      await closed.promise
      assert.equal(events.slice(0, 2), ['first', 'second'])
      assert.is(events.at(-1), 'close')
      assert.ok(events.includes('finish') && events.includes('end'))
    }),
  )

  writing(
    `${name}: text in other encodings, and bytes, arrive`,
    hosting(async (start) => {
      const app: Layer = (_, res) => {
        res.write('c39c', 'hex')
        res.write(Uint8Array.of(66))
        res.end('Qw==', 'base64')
      }
      const host = await start(unused, around(middleware, app))
      const { content } = await host.ask(get())
      assert.is(content, Buffer.from('ÜBC').toString('latin1'))
    }),
  )

  writing(
    `${name}: a source that is piped waits for a client that does not read`,
    hosting(async (start) => {
      const chunk = 'A'.repeat(16_384)
      const chunks = 1024
      let written = 0
      const app: Layer = (_, res) => {
        const write = () => {
          while (written < chunks) {
            written++
            if (!res.write(chunk)) return void res.once('drain', write)
          }
          res.end()
        }
        write()
      }
      const host = await start(unused, around(middleware, app))
      const client = await host.connect()
      client.pause()
      client.send(get())
      await turn(200)
      assert.ok(written < chunks, `all of ${chunks} were written`)
      client.resume()
      const { content } = await readResponse(client)
      assert.is(content.length, chunks * chunk.length)
    }),
  )

  writing(
    `${name}: writing after the end is Node's error`,
    hosting(async (start) => {
      const errors: unknown[] = []
      const app: Layer = (_, res) => {
        res.on('error', (error) => errors.push(codeOf(error)))
        res.end('DONE')
        res.write('more', (error) => errors.push(codeOf(error)))
      }
      const host = await start(unused, around(middleware, app))
      const { content } = await host.ask(get())
      assert.is(content, 'DONE')
      assert.equal(errors, ['ERR_STREAM_WRITE_AFTER_END', 'ERR_STREAM_WRITE_AFTER_END'])
    }),
  )

  writing(
    `${name}: what Node would refuse to write is refused at the call`,
    hosting(async (start) => {
      const codes: unknown[] = []
      const app: Layer = (_, res) => {
        for (const chunk of [null, undefined, 5, {}])
          try {
            Reflect.apply(res.write, res, [chunk])
          } catch (error) {
            codes.push(codeOf(error))
          }
        res.end('X')
      }
      const host = await start(unused, around(middleware, app))
      assert.is((await host.ask(get())).content, 'X')
      assert.equal(codes, [
        'ERR_STREAM_NULL_VALUES',
        'ERR_INVALID_ARG_TYPE',
        'ERR_INVALID_ARG_TYPE',
        'ERR_INVALID_ARG_TYPE',
      ])
    }),
  )

  writing(
    `${name}: trailers arrive`,
    hosting(async (start) => {
      const app: Layer = (_, res) => {
        res.setHeader('trailer', 'x-sum')
        res.write('A')
        res.addTrailers({ 'X-Sum': '9f' })
        res.end()
      }
      const host = await start(unused, around(middleware, app))
      const { content, trailers } = await host.ask(get())
      assert.is(content, 'A')
      assert.is(trailers.get('x-sum'), '9f')
    }),
  )
}

writing(
  'a write with a callback and the end after it: the callback runs, if the body is left as it is too',
  hosting(async (start) => {
    for (const middleware of [loud, passing]) {
      const seen: string[] = []
      const app: Layer = (_, res) => {
        res.write('a', () => seen.push('write'))
        res.end(() => seen.push('end'))
      }
      const host = await start(unused, around(middleware, app))
      assert.is((await host.ask(get())).content.toLowerCase(), 'a')
      for (let i = 0; i < 100 && seen.length < 2; i++) await turn()
      assert.equal(seen, ['write', 'end'])
    }
  }),
)

writing(
  'Node warns of as many listeners as without a middleware',
  hosting(async (start) => {
    const limits: number[] = []
    const app: Layer = (_, res) => {
      res.write('a')
      setImmediate(() => {
        limits.push(res.getMaxListeners() - res.listenerCount('close'))
        res.setMaxListeners(0)
        res.end()
      })
    }
    for (const outside of [[], [toMiddleware(loud), toMiddleware(loud)]])
      await (await start(unused, around(loud, app, outside))).ask(get())
    assert.equal(limits, [10, 10])
  }),
)

writing(
  'an application that writes while it may lets others run, if the middleware has ended the response',
  hosting(async (start) => {
    const closed = deferred()
    const app: Layer = (_, res) => {
      const pour = () => {
        while (res.write('A'.repeat(10_000)));
        res.once('drain', pour)
      }
      res.on('close', () => {
        assert.is(res.write('A'), false)
        closed.resolve()
      })
      pour()
    }
    const replacing: PassingMiddleware = (next) => (request) =>
      mapResponse(next(request), (response) => ({ ...response, body: toBody('B') }))
    const host = await start(unused, around(replacing, app))
    assert.is((await host.ask(get())).content, 'B')
    await closed.promise
  }),
)

writing(
  'the head of a HEAD goes with its end, or with a flush before',
  hosting(async (start) => {
    const later = deferred()
    let sent = 0
    const app: Layer = (req, res) => {
      if (req.url === '/flushed') res.flushHeaders()
      res.write('A')
      later.promise.then(() => {
        sent++
        res.end('B')
      })
    }
    const host = await start(unused, around(loud, app))
    const client = await host.connect()
    client.send(request('HEAD', '/flushed'))
    await readHead(client)
    client.send(request('HEAD', '/'))
    await turn(20)
    assert.is(sent, 0)
    later.resolve()
    await readHead(client)
    assert.is(sent, 2)
  }),
)

writing(
  'the memory of bytes that are written with a callback may be used again after it',
  hosting(async (start) => {
    const bytes = Buffer.from('AAAA')
    const app: Layer = (_, res) => {
      res.write(bytes, () => {
        bytes.fill('B')
        res.write(bytes, () => {
          bytes.fill('C')
          res.end()
        })
      })
    }
    const host = await start(unused, around(holding, app))
    assert.is((await host.ask(get())).content, 'AAAABBBB')
  }),
)

writing(
  'a flush sends what a filter holds, before the rest exists',
  hosting(async (start) => {
    let res: (ServerResponse & { flush?(): void }) | undefined
    const app: Layer = (_, given) => {
      res = given
      res.write('one')
      res.flush?.()
    }
    const host = await start(unused, around(holding, app))
    const client = await host.connect()
    client.send(get())
    await client.takeTo('one\r\n')
    res?.end('two')
    await client.takeTo('0\r\n\r\n')
  }),
)

writing(
  'the callback of a write that is flushed runs when the flush was sent, and not before',
  hosting(async (start) => {
    const gate = deferred()
    const called = deferred()
    let isOpen = false
    const late: PassingMiddleware = (next) => (request) =>
      mapResponse(next(request), (response) => ({
        ...response,
        body: toBody(
          (async function* () {
            for await (const frame of response.body) {
              if (frame.kind === 'flush') await gate.promise
              yield frame
            }
          })(),
        ),
      }))
    const app: Layer = (_, given) => {
      const res: ServerResponse & { flush?(): void } = given
      res.write('A', (error) => {
        assert.is(error ?? undefined, undefined)
        assert.ok(isOpen)
        called.resolve()
      })
      res.flush?.()
    }
    const host = await start(unused, around(late, app))
    const client = await host.connect()
    client.send(get())
    await client.takeTo('A')
    await turn(10)
    isOpen = true
    gate.resolve()
    await called.promise
  }),
)

for (const [name, middleware] of Object.entries(middlewares))
  writing(
    `${name}: flushHeaders sends the head before any data exists`,
    hosting(async (start) => {
      let res: ServerResponse | undefined
      const app: Layer = (_, given) => {
        res = given
        res.setHeader('x-early', '1')
        res.flushHeaders()
      }
      const host = await start(unused, around(middleware, app))
      const client = await host.connect()
      client.send(get())
      assert.match(await client.takeTo('\r\n\r\n'), 'x-early: 1\r\n')
      assert.is(res?.headersSent, true)
      res?.end('DATA')
      await client.takeTo('DATA')
    }),
  )

writing.run()

const state = suite('toMiddleware: what res says of itself')

state(
  'of what is held, res says what Node says of what it holds',
  hosting(async (start) => {
    const seen: unknown[] = []
    const open = deferred<void>()
    const late: PassingMiddleware = (next) => async (request) => {
      const response = await loud(next)(request)
      await open.promise
      return response
    }
    const app: Layer = (_, res) => {
      const look = () => [
        res.headersSent,
        res.writableEnded,
        res.writableFinished,
        res.writableLength,
        res.writableNeedDrain,
      ]
      seen.push(look())
      seen.push(res.write('a'.repeat(10)), look())
      seen.push(res.write('b'.repeat(res.writableHighWaterMark)), look()[4])
      res.end('c')
      seen.push(look().slice(0, 3))
      res.on('finish', () => seen.push('finish', look()))
      open.resolve()
    }
    const host = await start(unused, around(late, app))
    await host.ask(get())
    assert.equal(seen, [
      [false, false, false, 0, false],
      true,
      [true, false, false, 10, false],
      false,
      true,
      [true, true, false],
      'finish',
      [true, true, true, 0, false],
    ])
  }),
)

for (const [name, middleware] of Object.entries(middlewares))
  state(
    `${name}: once the application has ended its response, res says so at once`,
    hosting(async (start) => {
      const seen: unknown[] = []
      const ends = (res: ServerResponse) => {
        res.end('A')
        seen.push(res.headersSent, res.writableEnded)
      }
      const app: Layer = (req, res) => {
        if (req.url === '/later') setImmediate(() => ends(res))
        else ends(res)
      }
      const host = await start(unused, around(middleware, app))
      assert.is((await host.ask(get())).content, 'A')
      assert.is((await host.ask(get('/later'))).content, 'A')
      assert.equal(seen, [true, true, true, true])
    }),
  )

state(
  'the application does not hear the drain of the socket',
  hosting(async (start) => {
    let drains = 0
    const app: Layer = (_, res) => {
      res.on('drain', () => drains++)
      // One write that has room here, and fills the socket.
      res.write('a')
      setImmediate(() => res.end('b'))
    }
    const many = output(
      filter('many', () => ({
        data: () => Buffer.alloc(4_000_000, 'x'),
        release: () => undefined,
      })),
    )
    const host = await start(unused, around(many, app))
    const { content } = await host.ask(get())
    assert.is(content.length, 8_000_000)
    assert.is(drains, 0)
  }),
)

state.run()
