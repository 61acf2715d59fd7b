// What becomes of an error: a status before the first byte, truncation that can be seen after it, and onError once.
import '../support/steady-turns.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import { data, fields, readText, toBody } from '@sluice/body'
import { fromPull, pullFrom } from '@sluice/body/engine'
import { serve } from '@sluice/server'
import {
  answerErrors,
  empty,
  HttpError,
  mapResponse,
  stack,
  stream,
  text,
  withTraits,
} from '@sluice/stack'
import { writing } from '@sluice/write-buffering'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watched } from '../support/bodies/sources.ts'
import { codeOf } from '../support/code-of.ts'
import { rejects } from '../support/rejects.ts'
import { connectTo } from '../support/server/raw-client.ts'
import { readHead, readResponse } from '../support/server/read-response.ts'
import { get, post, request, serving } from '../support/server/serving.ts'
import { deferred, turn } from '../support/within.ts'
import type { Body, Fields, Frame, Trailers } from '@sluice/body'
import type { ServeOptions } from '@sluice/server'
import type { Handler, HttpResponse } from '@sluice/stack'

const secret = new Error('secret')
const flush: Frame = { kind: 'flush' }

const before = suite('server: errors before the first byte')

/** Ways for an error to come before any byte has left. */
const failures: readonly (readonly [string, (error: unknown) => Handler])[] = [
  [
    'thrown by the handler',
    (error) => () => {
      throw error
    },
  ],
  ['rejected by the handler', (error) => () => Promise.reject(error)],
  [
    'thrown by the first pull',
    (error) => () => ({
      ...empty({ status: 200 }),
      body: fromPull<Frame>(() => ({
        pull: () => {
          throw error
        },
        close() {},
      })),
    }),
  ],
  ['rejected by the first pull', (error) => () => stream(watched([], { later: true, error }).body)],
  [
    'after data that has not left',
    (error) => () => stream(watched([part('lost')], { error }).body),
  ],
  [
    'by a pause that rejects before any data',
    (error) => () => stream([{ kind: 'own' }, ...emptyPause(error)]),
  ],
]

function part(content: string): Frame {
  return data(Buffer.from(content))
}

function* emptyPause(error: unknown): Generator<Frame> {
  yield { kind: 'pause', until: Promise.reject(error) }
}

for (const [name, handlerOf] of failures) {
  if (!name.startsWith('by a pause'))
    before(
      `an HttpError ${name} is its status and message, and onError told once`,
      serving(async (start) => {
        const error = new HttpError('CONFLICT', 'Cannot save: it has changed')
        const site = await start(handlerOf(error))
        const client = await site.connect()
        for (let i = 0; i < 2; i++) {
          client.send(get())
          const answer = await readResponse(client)
          assert.is(answer.status, 409)
          assert.is(answer.content, 'Cannot save: it has changed\n')
        }
        assert.is(site.told.length, 2)
        assert.ok(site.told.every((told) => told === error))
      }),
    )

  before(
    `another error ${name} is ${name.startsWith('by a pause') ? 'a cut' : 'a 500 without its message'}, and onError told once`,
    serving(async (start) => {
      const site = await start(handlerOf(secret))
      const client = await site.connect()
      client.send(get())
      if (name.startsWith('by a pause')) {
        // A pause lets go what is there: the head.
        assert.not.match((await client.takeRest()).toString(), /secret|0\r\n\r\n$/)
      } else {
        const answer = await readResponse(client)
        assert.is(answer.status, 500)
        assert.is(answer.content, '')
        client.send(get())
        assert.is((await readResponse(client)).status, 500)
        assert.is(site.told.length, 2)
      }
      assert.ok(site.told.every((told) => told === secret))
      assert.ok(site.told.length > 0)
    }),
  )
}

for (const thrown of ['secret', undefined, null, 42, { status: 'secret' }, Object.freeze({})])
  before(
    `${JSON.stringify(thrown)} thrown is a 500, and told`,
    serving(async (start) => {
      const site = await start(() => {
        throw thrown
      })
      const answer = await site.ask(get())
      assert.is(answer.status, 500)
      assert.is(answer.content, '')
      assert.equal(site.told, [thrown])
    }),
  )

before(
  'a 503 of the handler’s own is sent without its message, and told',
  serving(async (start) => {
    const error = new HttpError('UNAVAILABLE', 'secret')
    const site = await start(() => {
      throw error
    })
    const answer = await site.ask(get())
    assert.is(answer.status, 503)
    assert.is(answer.content, '')
    assert.equal(site.told, [error])
  }),
)

before(
  'HEAD of a handler that throws has no content',
  serving(async (start) => {
    const site = await start(() => {
      throw new HttpError('NOT_FOUND', 'Cannot find it')
    })
    const client = await site.connect()
    client.send(request('HEAD', '/') + get())
    assert.is((await readResponse(client, 'HEAD')).status, 404)
    assert.is((await readResponse(client)).content, 'Cannot find it\n')
  }),
)

before(
  'onError gets the request with the error; what it throws is printed with that, and goes no further',
  serving(async (start) => {
    const targets: (string | undefined)[] = []
    const broken = new Error('onError broke')
    const printed = await printing(async () => {
      const site = await start(throwing(secret), {
        onError(_error, failed) {
          targets.push(failed?.target)
          throw broken
        },
      })
      assert.is((await site.ask(get('/here'))).status, 500)
      assert.is((await site.ask(get('/there'))).status, 500)
    })
    assert.equal(targets, ['/here', '/there'])
    const wanted = [secret, broken, secret, broken]
    assert.ok(printed.length === 4 && printed.every((error, at) => error === wanted[at]))
  }),
)

before(
  'onError may be asynchronous: what it rejects with is printed with its error, and goes no further',
  serving(async (start) => {
    const broken = new HttpError('NOT_FOUND', 'Cannot log: found no log')
    const printed = await printing(async () => {
      const onError = async () => {
        throw broken
      }
      const site = await start(throwing(secret), { onError })
      assert.is((await site.ask(get())).status, 500)
      await turn()
    })
    assert.ok(printed.length === 2 && printed[0] === secret && printed[1] === broken)
  }),
)

before(
  'an error that cannot be printed is a 500 all the same, and a line in its place',
  serving(async () => {
    const unprintable = {
      [inspect.custom]() {
        throw unprintable
      },
    }
    const printed = await printing(async () => {
      await using server = await serve(() => Promise.reject(unprintable))
      const client = await connectTo(server.port)
      client.send(get())
      assert.is((await readResponse(client)).status, 500)
      client.destroy()
    }, inspect)
    assert.equal(printed, ['Cannot print an error: printing it threw'])
  }),
)

before(
  'without onError a 500 is printed, and a refusal is not',
  serving(async () => {
    const printed = await printing(async () => {
      await using server = await serve(({ target }) => {
        throw target === '/404' ? new HttpError('NOT_FOUND', 'Cannot find it') : secret
      })
      const client = await connectTo(server.port)
      client.send(get('/404') + get('/'))
      await readResponse(client)
      await readResponse(client)
      client.destroy()
    })
    assert.is(printed.length, 1)
    assert.is(printed[0], secret)
  }),
)

before(
  'without onError a 404 that cuts a response is printed: the client is not told of it',
  serving(async () => {
    const error = new HttpError('NOT_FOUND', 'Cannot find the rest')
    const printed = await printing(async () => {
      await using server = await serve(() => stream(watched([part('part'), flush], { error }).body))
      const client = await connectTo(server.port)
      client.send(get())
      await client.takeRest()
      client.destroy()
    })
    assert.is(printed.length, 1)
    assert.is(printed[0], error)
  }),
)

for (const [name, handler, options] of [
  ['a handler', undefined, {}],
  ['onError', () => text('hello'), { onError: 'print' }],
] as const)
  before(`${name} that is no function is a TypeError at once`, async () => {
    const isHandler = (_: unknown): _ is Handler => true
    const isOptions = (_: unknown): _ is ServeOptions => true
    await rejects(() => {
      if (isHandler(handler) && isOptions(options)) return serve(handler, options)
      throw new Error('not reached')
    }, TypeError)
  })

before(
  'a handler with a part that blocks is refused by name, before anything listens',
  async () => {
    const importRows = () => text('rows')
    const app = stack(answerErrors())(withTraits({ mode: 'blocking' }, importRows))
    // The abort would end it, if it came so far as to listen.
    const error = await rejects(() => serve(app, { signal: AbortSignal.abort() }), TypeError)
    assert.match(error.message, /^Cannot use the handler: the handler \(importRows\) states mode/)
  },
)

before.run()

const invalid = suite('server: answers that are none')

const responses: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['a string', 'hello'],
  ['a fetch Response', new Response('hello', { headers: { 'x-a': 'b' } })],
  ['plain headers', { status: 200, headers: { 'x-a': 'b' }, body: toBody('hello') }],
  ['an object without a body', { status: 200, headers: fields() }],
  ['an object without fields', { status: 200, body: toBody('hello') }],
  ['a body that is none', { status: 200, headers: fields(), body: 'hello' }],
  ['a status that is none', { status: 'secret', headers: fields(), body: toBody('hello') }],
]

for (const [name, given] of responses)
  invalid(
    `${name} is a 500, told once, at once and later`,
    serving(async (start) => {
      for (const later of [false, true]) {
        const site = await start(answering(given, later))
        const answer = await site.ask(get())
        assert.is(answer.status, 500)
        assert.is(answer.content, '')
        assert.is(site.told.length, 1)
        // A status that is not one is found by the head's own check.
        assert.is(codeOf(site.told[0]), 'RESPONSE_INVALID')
      }
    }),
  )

for (const status of [99, 101, 199, 600, 1000])
  invalid(
    `the status ${status} is a 500, and the body closed`,
    serving(async (start) => {
      const source = watched([part('hello')])
      const site = await start(() => ({ status, headers: fields(), body: source.body }))
      const client = await site.connect()
      client.send(get())
      assert.is((await readResponse(client)).status, 500)
      await site.round()
      assert.equal([source.pulls, source.closes, site.told.length], [0, 1, 1])
    }),
  )

for (const [name, given] of [
  ['a body of fewer bytes than its byteLength', fromPull(() => pullFrom(toBody('hello')), 9)],
  ['a body of more bytes than its byteLength', fromPull(() => pullFrom(toBody('hello')), 3)],
] as const)
  invalid(
    `${name}, all of it there at once, is a 500: none of it passes for the next answer`,
    serving(async (start) => {
      const bodies: Body[] = [given]
      const site = await start(() => {
        const body = bodies.pop()
        return body === undefined ? text('next') : { status: 200, headers: fields(), body }
      })
      const client = await site.connect()
      client.send(get() + get())
      assert.is((await readResponse(client)).status, 500)
      assert.is((await readResponse(client)).content, 'next')
      assert.equal(site.told.map(codeOf), ['LENGTH_MISMATCH'])
    }),
  )

invalid(
  'a content-length that is not that of a body of unknown length is a 500',
  serving(async (start) => {
    const site = await start(() => ({
      status: 200,
      headers: fields({ 'content-length': 3 }),
      body: fromPull(() => pullFrom(toBody('hello'))),
    }))
    assert.is((await site.ask(get())).status, 500)
    assert.equal(site.told.map(codeOf), ['LENGTH_MISMATCH'])
  }),
)

invalid(
  'a content-length that is not that of the body is a 500',
  serving(async (start) => {
    const site = await start(() => text('hello', { headers: { 'content-length': 6 } }))
    assert.is((await site.ask(get())).status, 500)
    assert.is(site.told.length, 1)
  }),
)

invalid(
  'an answer that comes twice from a promise that is none of the platform’s is sent once',
  serving(async (start) => {
    const twice = {
      // biome-ignore lint/suspicious/noThenProperty: that is what is tested
      then(fulfil: (response: HttpResponse) => void, reject: (error: unknown) => void) {
        fulfil(text('first'))
        fulfil(text('second'))
        reject(secret)
      },
    }
    const isPromise = (_: unknown): _ is PromiseLike<HttpResponse> => true
    const site = await start(() => (isPromise(twice) ? twice : text('not reached')))
    const client = await site.connect()
    client.send(get('/', 'connection: close'))
    assert.is((await readResponse(client)).content, 'first')
    assert.is((await client.takeRest()).toString(), '')
  }),
)

type Settle = (response: HttpResponse | PromiseLike<HttpResponse>) => void
type Fail = (error: unknown) => void

const slowly = async function* (letter: string): AsyncGenerator<string> {
  for (let i = 0; i < 3; i++) {
    yield letter
    await turn(2)
  }
}

/** What a thenable that is no promise of the platform does in `then`, and the content of the one response to it. */
const thenables: readonly (readonly [string, string, (fulfil: Settle, reject: Fail) => void])[] = [
  [
    'fulfils twice with bodies that go on',
    'aaa',
    (fulfil) => {
      fulfil(stream(slowly('a')))
      fulfil(stream(slowly('b')))
    },
  ],
  [
    'fulfils again later',
    'aaa',
    (fulfil) => {
      fulfil(stream(slowly('a')))
      setImmediate(() => fulfil(stream(slowly('b'))))
    },
  ],
  [
    'fulfils and then throws',
    'aaa',
    (fulfil) => {
      fulfil(stream(slowly('a')))
      throw secret
    },
  ],
  [
    'rejects and then fulfils',
    '',
    (fulfil, reject) => {
      reject(secret)
      fulfil(stream(slowly('b')))
    },
  ],
  [
    'throws',
    '',
    () => {
      throw secret
    },
  ],
  ['fulfils with a promise', 'aaa', (fulfil) => fulfil(Promise.resolve(stream(slowly('a'))))],
]

/** As the handler gives it, and through middlewares that wait for it. */
const through: readonly (readonly [string, (handler: Handler) => Handler])[] = [
  ['', (handler) => handler],
  [
    ', mapped',
    (handler) => (asked) =>
      mapResponse(
        mapResponse(handler(asked), (response) => response),
        (response) => response,
      ),
  ],
  [', behind answerErrors', (handler) => stack(answerErrors({ onError: rethrow }))(handler)],
]

function rethrow(error: unknown): never {
  throw error
}

for (const [name, wanted, run] of thenables)
  for (const [how, place] of through)
    invalid(
      `a thenable that ${name} is one response${how}`,
      serving(async (start) => {
        // biome-ignore lint/suspicious/noThenProperty: that is what is tested
        const thenable = { then: run }
        const isPromise = (_: unknown): _ is PromiseLike<HttpResponse> => true
        const site = await start(
          place(() => (isPromise(thenable) ? thenable : text('not reached'))),
        )
        const client = await site.connect()
        client.send(get('/', 'connection: close'))
        const answer = await readResponse(client)
        assert.is(answer.content, wanted)
        assert.is(answer.status, wanted === '' ? 500 : 200)
        assert.is((await client.takeRest()).toString(), '')
        assert.equal(site.told, wanted === '' ? [secret] : [])
      }),
    )

invalid(
  'a frame that comes twice from a thenable is one frame',
  serving(async (start) => {
    const pulled: (string | undefined)[] = ['a', 'b', 'c', undefined]
    const isPromise = (_: unknown): _ is PromiseLike<Frame | undefined> => true
    const body = fromPull<Frame>(() => ({
      pull() {
        const content = pulled.shift()
        const frame = content === undefined ? undefined : part(content)
        const twice = {
          // biome-ignore lint/suspicious/noThenProperty: that is what is tested
          then(fulfil: (frame: Frame | undefined) => void) {
            fulfil(frame)
            fulfil(frame)
          },
        }
        return isPromise(twice) ? twice : undefined
      },
      close() {},
    }))
    const site = await start(() => stream(body))
    assert.is((await site.ask(get())).content, 'abc')
    assert.equal(site.told, [])
  }),
)

invalid(
  'fields with a line end in them never get on the wire',
  serving(async (start) => {
    const evil: Fields = {
      ...fields(),
      *[Symbol.iterator]() {
        yield ['x', 'a\r\nset-cookie: b'] as const
      },
    }
    const site = await start(() => ({ status: 200, headers: evil, body: toBody('hello') }))
    const client = await site.connect()
    client.send(get())
    const answer = await readResponse(client)
    assert.is(answer.status, 500)
    assert.not(answer.fields.has('set-cookie'))
  }),
)

invalid.run()

const truncated = suite('server: errors after the first byte')

/** Bodies that break after some data has left, when they are told to. */
const broken: readonly (readonly [string, (gate: Promise<void>) => HttpResponse])[] = [
  ['a source that throws', (gate) => stream(watched(partThen(gate), { error: secret }).body)],
  [
    'a source that rejects',
    (gate) => stream(watched(partThen(gate), { later: true, error: secret }).body),
  ],
  [
    'a generator that throws',
    (gate) =>
      stream(
        (async function* () {
          yield 'part'
          await gate
          throw secret
        })(),
      ),
  ],
  [
    'a pause that rejects',
    (gate) => stream(watched(partThen(gate.then(() => Promise.reject(secret)))).body),
  ],
]

function partThen(until: Promise<unknown>): readonly Frame[] {
  return [part('part'), { kind: 'pause', until }]
}

const ends: readonly (readonly [string, string, (response: HttpResponse) => HttpResponse])[] = [
  ['chunked', '1.1', (response) => response],
  [
    'with a length',
    '1.1',
    (response) => ({ ...response, headers: response.headers.with('content-length', '100') }),
  ],
  ['of HTTP/1.0', '1.0', (response) => response],
]

for (const [name, response] of broken)
  for (const [kind, version, framed] of ends)
    truncated(
      `${name}, in a response ${kind}: what came before, then an end that is none`,
      serving(async (start) => {
        const { promise: gate, resolve: open } = deferred()
        const site = await start(() => framed(response(gate)))
        const client = await site.connect()
        client.send(`GET / HTTP/${version}\r\nhost: a\r\n\r\n${get('/next')}`)
        await readHead(client)
        await client.takeTo('part')
        // A reset that comes together with data is told as an end: the data first.
        open()
        const rest = (await client.takeRest()).toString()
        assert.not.match(rest, /0\r\n\r\n/)
        assert.not.match(rest, /HTTP|secret/)
        if (version === '1.0') assert.is(client.ended, 'reset')
        assert.equal(site.told, [secret])
      }),
    )

truncated(
  'a failure right behind a flush, in HTTP/1.0: the client reads what came before, and then the reset',
  serving(async (start) => {
    const body = async function* () {
      yield part('part')
      yield flush
      throw secret
    }
    const site = await start(() => stream(body()))
    for (let i = 0; i < 3; i++) {
      const client = await site.connect()
      client.send('GET / HTTP/1.0\r\n\r\n')
      await readHead(client)
      assert.is((await client.takeRest()).toString(), 'part')
      assert.is(client.ended, 'reset')
    }
  }),
)

truncated(
  'fewer bytes than the content-length: cut, and told',
  serving(async (start) => {
    const source = watched([part('1234'), flush])
    const headers = { 'content-length': 5 }
    const site = await start(() => stream(source.body, { headers }))
    const client = await site.connect()
    client.send(get() + get())
    await readHead(client)
    assert.is((await client.takeRest()).toString(), '1234')
    assert.is(site.told.length, 1)
  }),
)

truncated(
  'more bytes than the content-length: none of them too many on the wire',
  serving(async (start) => {
    const source = watched([part('12345'), flush, part('6'), part('7')])
    const headers = { 'content-length': 5 }
    const site = await start(() => stream(source.body, { headers }))
    const client = await site.connect()
    client.send(get())
    await readHead(client)
    assert.is((await client.takeRest()).toString(), '12345')
    assert.is(source.closes, 1)
    assert.is(site.told.length, 1)
  }),
)

for (const [name, given] of [
  ['fewer', ['1234']],
  ['more', ['123456']],
  ['more, in two', ['12345', '6']],
] as const)
  truncated(
    `${name} bytes at once than the content-length is a 500`,
    serving(async (start) => {
      const headers = { 'content-length': 5 }
      const site = await start(() => stream(given, { headers }))
      assert.is((await site.ask(get())).status, 500)
      assert.is(site.told.length, 1)
    }),
  )

for (const [name, last] of [
  ['data after the trailers', part('late')],
  ['trailers twice', { kind: 'trailers', fields: fields({ x: 'y' }) }],
  ['a flush after the trailers', flush],
  ['a pause after the trailers', { kind: 'pause', until: Promise.resolve() }],
  ['a frame of another kind after the trailers', { kind: 'own' }],
] as const)
  truncated(
    `${name} cuts the response`,
    serving(async (start) => {
      const trailers: Trailers = { kind: 'trailers', fields: fields({ x: 'y' }) }
      const site = await start(() => stream([part('part'), flush, trailers, last]))
      const client = await site.connect()
      client.send(get())
      await client.takeTo('part')
      assert.not.match((await client.takeRest()).toString(), /0\r\n|late/)
      assert.equal(site.told.map(codeOf), ['BODY_INVALID'])
    }),
  )

truncated(
  'trailers with a line end in them never get on the wire',
  serving(async (start) => {
    const evil: Fields = {
      ...fields(),
      size: 1,
      *[Symbol.iterator]() {
        yield ['x', 'a\r\n\r\nHTTP/1.1 200 OK'] as const
      },
    }
    const site = await start(() =>
      stream([part('part'), flush, { kind: 'trailers', fields: evil }]),
    )
    const client = await site.connect()
    client.send(get())
    await client.takeTo('part')
    assert.not.match((await client.takeRest()).toString(), /HTTP|0\r\n/)
    assert.is(site.told.length, 1)
  }),
)

truncated(
  'a trailer that must not be one cuts the response',
  serving(async (start) => {
    const trailers: Trailers = { kind: 'trailers', fields: fields({ 'content-length': '5' }) }
    const site = await start(() => stream([part('part'), flush, trailers]))
    const client = await site.connect()
    client.send(get())
    await client.takeTo('part')
    assert.not.match((await client.takeRest()).toString(), /0\r\n/)
    assert.is(site.told.length, 1)
  }),
)

truncated(
  'the source is closed once, and what closing throws is not told in the place of the error',
  serving(async (start) => {
    const source = watched([part('12345'), flush, part('6')], { closeError: new Error('close') })
    const headers = { 'content-length': 5 }
    const site = await start(() => stream(source.body, { headers }))
    const client = await site.connect()
    client.send(get())
    await client.takeRest()
    assert.is(source.closes, 1)
    assert.is(site.told.length, 1)
    assert.not.match(String(site.told[0]), /close/)
  }),
)

truncated(
  'an answer before it is not lost',
  serving(async (start) => {
    const page = 'x'.repeat(300_000)
    const site = await start(({ target }) => {
      if (target === '/1') return text(page)
      return stream(watched([part('part'), flush], { error: secret }).body)
    })
    const client = await site.connect()
    client.pause()
    client.send(get('/1') + get('/2'))
    await site.round()
    client.resume()
    assert.is((await readResponse(client)).content, page)
    await client.takeTo('part')
    await client.takeRest()
  }),
)

truncated.run()

const late = suite('server: errors after the client has gone')

for (const [name, error, told] of [
  ['an error of its own is told', secret, 1],
  ['so is one with a status', new HttpError('CONFLICT', 'Cannot save'), 1],
] as const)
  late(
    `of a handler that throws late: ${name}`,
    serving(async (start) => {
      const { promise: gate, resolve: open } = deferred()
      let entered = false
      const site = await start(async () => {
        entered = true
        await gate
        throw error
      })
      const client = await site.connect()
      client.send(get())
      await site.until(() => entered, 'the handler')
      client.reset()
      await site.until(() => site.server.connections === 0, 'the end of the connection')
      open()
      await site.round()
      assert.is(site.told.length, told)
    }),
  )

late(
  'of a body that cannot be closed: told, once',
  serving(async (start) => {
    const closeError = new Error('close')
    const frames = Array.from({ length: 10_000 }, () => data(new Uint8Array(10_000)))
    const source = watched(frames, { closeError })
    const site = await start(() => stream(source.body))
    const client = await site.connect()
    client.pause()
    client.send(get())
    await site.standstill(() => source.pulls)
    client.reset()
    await site.until(() => source.closes > 0, 'the close')
    await site.round()
    assert.equal(site.told, [closeError])
  }),
)

late(
  'of a handler that answers and then fails to read: it is nobody’s',
  serving(async (start) => {
    const site = await start(({ body }) => {
      const reading = (async () => {
        for await (const _ of body);
      })()
      reading.catch(() => {})
      return text('early')
    })
    const client = await site.connect()
    client.send(post('/', 'hello').slice(0, -1))
    await readResponse(client)
    client.reset()
    await site.until(() => site.server.connections === 0, 'the end of the connection')
    assert.equal(site.told, [])
  }),
)

for (const [name, failWith, told] of [
  ['its reason', (signal: AbortSignal) => signal.reason, false],
  ['an AbortError of Node', (signal: AbortSignal) => aborted(signal), false],
  ['an error of its own', () => secret, true],
] as const)
  late(
    `of a handler that fails with ${name} when the client leaves: ${told ? 'told once' : 'not told'}`,
    serving(async (start) => {
      let failed = false
      const site = await start(async ({ client: { signal } }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        failed = true
        throw await failWith(signal)
      })
      const client = await site.connect()
      client.send(get())
      await site.round()
      client.reset()
      await site.until(() => failed, 'the failure')
      await site.round()
      assert.equal(site.told, told ? [secret] : [])
    }),
  )

late(
  'of a client that leaves during flush(): not told',
  serving(async (start) => {
    const codes: unknown[] = []
    const body = writing(async (out) => {
      for (let i = 0; i < 1000; i++) {
        await out.write('w'.repeat(60_000))
        await out.flush().catch((error) => {
          codes.push(codeOf(error))
          throw error
        })
      }
    })
    const site = await start(() => stream(body))
    const client = await site.connect()
    client.pause()
    client.send(get())
    await site.standstill(() => client.receivedBytes)
    client.reset()
    await site.until(() => codes.length > 0, 'the loss')
    await site.round()
    assert.equal(codes, ['FLUSH_LOST'])
    assert.equal(site.told, [])
  }),
)

late(
  'of a client that leaves in the middle of its content: not told, by FIN or by reset',
  serving(async (start) => {
    const codes: unknown[] = []
    const site = await start(async ({ body }) => {
      try {
        return text(await readText(body))
      } catch (error) {
        codes.push(codeOf(error))
        throw error
      }
    })
    for (const leave of ['halfClose', 'reset'] as const) {
      const client = await site.connect()
      client.send(post('/', 'hello').slice(0, -1))
      await site.round()
      client[leave]()
    }
    await site.until(() => codes.length === 2, 'both')
    await site.round()
    assert.equal(site.told, [])
  }),
)

late(
  'of a body that was waited for when the response was cut: told once',
  serving(async (start) => {
    const gate = deferred<Frame>()
    const source = () => ({ pull: () => gate.promise, close: () => gate.reject(secret) })
    const body = fromPull<Frame>(() => {
      let pulls = 0
      const { pull, close } = source()
      return { pull: () => (++pulls === 1 ? part('part') : pull()), close }
    })
    const site = await start(() => stream(body))
    const client = await site.connect()
    client.send(get())
    await client.takeTo('part')
    client.reset()
    await site.until(() => site.told.length > 0, 'the error')
    await site.round()
    assert.equal(site.told, [secret])
  }),
)

late.run()

async function printing(run: () => Promise<void>, through?: typeof inspect): Promise<unknown[]> {
  const printed: unknown[] = []
  const print = console.error
  console.error = (...values: unknown[]) => {
    for (const value of values) {
      through?.(value)
      printed.push(value)
    }
  }
  try {
    await run()
  } finally {
    console.error = print
  }
  return printed
}

function throwing(error: unknown): Handler {
  return () => {
    throw error
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return sleep(1000, undefined, { signal }).then(() => {
    throw new Error('not reached')
  })
}

/** A handler that answers something that types would not let it. */
function answering(given: unknown, later: boolean): Handler {
  const isResponse = (_: unknown): _ is HttpResponse => true
  if (!isResponse(given)) throw new Error('not reached')
  return () => (later ? Promise.resolve(given) : given)
}
