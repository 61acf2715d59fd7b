import '../support/steady-turns.ts'
import { getEventListeners } from 'node:events'
import { data, fields, readText, toBody } from '@sluice/body'
import { fromRequest, toFetch, toFetchMiddleware } from '@sluice/fetch'
import { flush, flushed } from '@sluice/flush'
import { events } from '@sluice/sse'
import { empty, HttpError, json, stream, text } from '@sluice/stack'
import { switchingResponse } from '@sluice/stack/host'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watched } from '../support/bodies/sources.ts'
import { untyped } from '../support/bodies/untyped.ts'
import { textReader } from '../support/fetch/read-stream.ts'
import { utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { Frame } from '@sluice/body'
import type { FetchOptions } from '@sluice/fetch'
import type { Handler, HttpResponse } from '@sluice/stack'

const url = 'http://a.example/'
const broken = new Error('it broke')
const bytes = (content: string): Frame => data(utf8(content))

/** A host of a handler, and what it reported. */
const hosting = (handler: Handler, options: FetchOptions = {}) => {
  const errors: unknown[] = []
  const app = toFetch(handler, { onError: (error) => errors.push(error), ...options })
  return {
    errors,
    ask: async (init?: RequestInit, context?: unknown) => app(new Request(url, init), context),
  }
}

const ofBody = (body: HttpResponse['body'], status = 200): HttpResponse => ({
  status,
  headers: fields({ 'content-type': 'text/plain' }),
  body,
})

const whole = suite('toFetch: content that is there')

whole('text is the response, with its status, fields and length', async () => {
  const { ask } = hosting(({ method }) => text(method, { status: 201, headers: { etag: '"1"' } }))
  const response = await ask()
  assert.is(response.status, 201)
  const names = ['content-type', 'etag', 'content-length']
  assert.equal(
    names.map((name) => response.headers.get(name)),
    ['text/plain; charset=utf-8', '"1"', '3'],
  )
  assert.is(await response.text(), 'GET')
})

whole('a handler that answers at once is answered without a promise', () => {
  const app = toFetch(() => text('hello'))
  assert.is(Object.prototype.toString.call(app(new Request(url))), '[object Response]')
})

whole('a text without a content-type gets none', async () => {
  const { ask } = hosting(() => ({ status: 200, headers: fields(), body: toBody('hello') }))
  const response = await ask()
  assert.is(response.headers.get('content-type'), null)
  assert.is(await response.text(), 'hello')
})

whole('lines of set-cookie stay apart', async () => {
  const { ask } = hosting(() => text('', { headers: { 'set-cookie': ['a=1', 'b=2; Path=/'] } }))
  assert.equal((await ask()).headers.getSetCookie(), ['a=1', 'b=2; Path=/'])
})

whole('a body that ends at once needs no stream, and a handler may be async', async () => {
  const { ask } = hosting(async () => ofBody(watched([bytes('one '), bytes('two')]).body))
  assert.is(await (await ask()).text(), 'one two')
})

whole(
  'fields of the connection are left out, and reported unless they are about closing',
  async () => {
    const headers = { connection: 'close', 'keep-alive': 'timeout=1', upgrade: 'h2c' }
    const { ask, errors } = hosting(() => text('hello', { headers }))
    const response = await ask()
    for (const name of Object.keys(headers)) assert.not(response.headers.has(name), name)
    assert.is(errors.length, 1)
    assert.match(String(errors[0]), 'keep-alive, upgrade')
  },
)

whole('trailers are left out, and the field that announces them', async () => {
  const frames = toBody(['tea', { kind: 'trailers', fields: fields({ digest: 'x' }) } as const])
  const { ask, errors } = hosting(() => stream(frames, { headers: { trailer: 'digest' } }))
  const response = await ask()
  assert.equal([response.headers.get('trailer'), await response.text()], [null, 'tea'])
  assert.is(errors.length, 0)
})

whole.run()

const without = suite('toFetch: responses without content')

const rows = [
  { name: 'a response to HEAD', method: 'HEAD', status: 200, length: '5' },
  { name: 'a 204', method: 'GET', status: 204, length: null },
  { name: 'a 205', method: 'GET', status: 205, length: '0' },
  { name: 'a 304', method: 'GET', status: 304, length: '5' },
]
for (const { name, method, status, length } of rows) {
  without(`the body of ${name} is not pulled, and closed once`, async () => {
    const source = watched([bytes('hello')], { byteLength: 5 })
    const { ask, errors } = hosting(() => ofBody(source.body, status))
    const response = await ask({ method })
    assert.is(response.status, status)
    assert.is(response.body, null)
    assert.is(response.headers.get('content-length'), length)
    assert.equal([source.pulls, source.closes, errors.length], [0, 1, 0])
  })
}

without('an error of closing is reported', async () => {
  const source = watched([bytes('hello')], { closeError: broken })
  const { ask, errors } = hosting(() => ofBody(source.body))
  assert.is((await ask({ method: 'HEAD' })).status, 200)
  assert.equal(errors, [broken])
})

without.run()

const streams = suite('toFetch: streams')

streams('a flush before any data sends the head', async () => {
  const source = watched([flush, bytes('a')])
  const { ask } = hosting(() => ofBody(source.body))
  const response = await ask()
  assert.is(source.pulls, 1)
  const reader = textReader(response)
  // A host may send the head with the first chunk: this one has no bytes.
  assert.is(await reader.read(), '')
  assert.is(await reader.read(), 'a')
})

streams('the length of a stream is a field, and checked', async () => {
  const source = watched([bytes('a'), flush, bytes('b')], { byteLength: 3 })
  const { ask, errors } = hosting(() => ofBody(source.body))
  const response = await ask()
  assert.is(response.headers.get('content-length'), '3')
  const reader = textReader(response)
  assert.is(await reader.read(), 'a')
  await rejects(() => reader.read(), 'LENGTH_MISMATCH')
  assert.is(errors.length, 1)
})

streams('a receipt is called when the host asks for more', async () => {
  const one = flushed()
  const { ask } = hosting(() => ofBody(toBody([bytes('a'), one.frame, bytes('b')])))
  const reader = textReader(await ask())
  await reader.read()
  assert.is(await stateOf(one.sent), 'pending')
  await reader.read()
  assert.is(await stateOf(one.sent), 'fulfilled')
})

streams('what a receipt throws is reported, and the stream goes on', async () => {
  const sent = () => {
    throw broken
  }
  const { ask, errors } = hosting(() =>
    ofBody(toBody([bytes('a'), { kind: 'flush', sent } as const, bytes('b')])),
  )
  assert.is(await (await ask()).text(), 'ab')
  assert.equal(errors, [broken])
})

streams(
  'the host that cancels aborts the signal of the client, and closes the source once',
  async () => {
    const source = watched([bytes('a'), flush, bytes('b')])
    const signals: AbortSignal[] = []
    const { ask, errors } = hosting(({ client }) => {
      signals.push(client.signal)
      return ofBody(source.body)
    })
    const reader = textReader(await ask())
    await reader.read()
    await reader.cancel()
    assert.is(signals[0]?.reason.code, 'READER_GONE')
    assert.equal([source.closes, errors.length], [1, 0])
  },
)

streams('a signal that aborts closes the source of a stream that is not cancelled', async () => {
  const source = watched([bytes('a'), flush, bytes('b')])
  const { ask, errors } = hosting(() => ofBody(source.body))
  const left = new AbortController()
  const reader = textReader(await ask({ signal: left.signal }))
  await reader.read()
  left.abort()
  assert.is(source.closes, 1)
  await rejects(() => reader.read(), 'READER_GONE')
  assert.is(errors.length, 0)
})

for (const { name, end } of [
  { name: 'is read to its end', end: async (reader) => void (await reader.read()) },
  { name: 'fails', end: async (reader) => void (await reader.read().catch(() => {})) },
  { name: 'is cancelled', end: (reader) => reader.cancel() },
] satisfies readonly {
  readonly name: string
  end(reader: ReturnType<typeof textReader>): Promise<void>
}[])
  streams(`the signal of a request has no listener after its stream ${name}`, async () => {
    async function* page() {
      yield bytes('a')
      yield flush
      await turn()
      if (name === 'fails') throw broken
    }
    const sent = new Request(url)
    const before = getEventListeners(sent.signal, 'abort').length
    const reader = textReader(await toFetch(() => ofBody(page()), { onError() {} })(sent))
    await reader.read()
    assert.is(getEventListeners(sent.signal, 'abort').length, before + 1)
    await end(reader)
    assert.is(getEventListeners(sent.signal, 'abort').length, before)
  })

streams('a client that left before the response is not read for', async () => {
  const source = watched([bytes('a'), flush, bytes('b')])
  const left = new AbortController()
  const { ask, errors } = hosting(() => {
    left.abort()
    return ofBody(source.body)
  })
  assert.is((await ask({ signal: left.signal })).status, 499)
  assert.equal([source.pulls, source.closes, errors.length], [0, 1, 0])
})

streams('an error of closing is reported, and cancelling succeeds', async () => {
  const source = watched([bytes('a'), flush, bytes('b')], { later: true, closeError: broken })
  const { ask, errors } = hosting(() => ofBody(source.body))
  const reader = textReader(await ask())
  await reader.read()
  await reader.cancel()
  await turn()
  assert.equal(errors, [broken])
})

for (const how of ['cancels', 'aborts the signal'] as const) {
  streams(`waitUntil gets a promise until the source is closed, if the host ${how}`, async () => {
    const promises: Promise<unknown>[] = []
    const context = { waitUntil: (promise: Promise<unknown>) => promises.push(promise) }
    const slow = deferred()
    async function* waiting() {
      yield 'a'
      yield flush
      await slow.promise
    }
    const left = new AbortController()
    const { ask } = hosting(() => stream(waiting()))
    const reader = textReader(await ask({ signal: left.signal }, context))
    await reader.read()
    const pending = reader.read().catch(() => {})
    await turn()
    if (how === 'cancels') await reader.cancel()
    else left.abort()
    await pending
    const [kept] = promises
    if (kept === undefined) throw new Error('not called')
    assert.is(await stateOf(kept), 'pending')
    slow.resolve()
    await kept
  })
}

for (const [how, fails] of [
  ['is read to its end', false],
  ['fails', true],
] as const)
  streams(
    `waitUntil is called on its context, and its promise fulfils if the stream ${how}`,
    async () => {
      const kept: [context: unknown, promise: Promise<unknown>][] = []
      const context = {
        waitUntil(this: unknown, promise: Promise<unknown>) {
          kept.push([this, promise])
        },
      }
      async function* two() {
        yield 'a'
        yield flush
        if (fails) throw broken
      }
      const { ask } = hosting(() => stream(two()))
      const reader = textReader(await ask({}, context))
      assert.is(await reader.read(), 'a')
      const [[on, promise] = []] = kept
      assert.is(on, context)
      assert.is(await stateOf(promise ?? Promise.resolve()), 'pending')
      await reader.read().catch(() => {})
      await promise
      assert.is(kept.length, 1)
    },
  )

streams('a waitUntil that is not a function is not called', async () => {
  async function* two() {
    yield 'a'
    yield flush
  }
  const { ask, errors } = hosting(() => stream(two()))
  assert.is(await textReader(await ask({}, { waitUntil: true })).read(), 'a')
  assert.equal(errors, [])
})

streams.run()

const failing = suite('toFetch: errors')

const early: readonly { readonly name: string; readonly handler: Handler }[] = [
  {
    name: 'that a handler throws',
    handler: () => {
      throw broken
    },
  },
  { name: 'that a handler rejects with', handler: () => Promise.reject(broken) },
  {
    name: 'of a body before its first byte',
    handler: () => ofBody(watched<Frame>([], { error: broken }).body),
  },
  {
    name: 'of a body whose first bytes have not left',
    handler: () => ofBody(watched([bytes('a')], { later: true, error: broken }).body),
  },
]
for (const { name, handler } of early) {
  failing(`an error ${name} is answered with 500, and reported once`, async () => {
    const { ask, errors } = hosting(handler)
    const response = await ask()
    assert.is(response.status, 500)
    assert.is(await response.text(), '')
    assert.equal(errors, [broken])
  })
}

failing('an HttpError is answered with its status, message and fields', async () => {
  const { ask } = hosting(() => {
    throw new HttpError('UNAVAILABLE', 'Busy', { expose: true, headers: { 'retry-after': '9' } })
  })
  const response = await ask()
  assert.is(response.status, 503)
  assert.is(response.headers.get('retry-after'), '9')
  assert.is(await response.text(), 'Busy\n')
})

failing('an error after the first byte fails the stream, and is reported once', async () => {
  const source = watched([bytes('a'), flush], { error: broken })
  const { ask, errors } = hosting(() => ofBody(source.body))
  const reader = textReader(await ask())
  assert.is(await reader.read(), 'a')
  await rejects(() => reader.read(), broken)
  assert.equal(errors, [broken])
})

const invalid: readonly { readonly name: string; readonly given: unknown }[] = [
  { name: 'a fetch Response', given: new Response('hello') },
  { name: 'a status of 99', given: { status: 99, headers: fields(), body: toBody(null) } },
  { name: 'two lengths', given: text('hello', { headers: { 'content-length': '4' } }) },
]
for (const { name, given } of invalid) {
  failing(`${name} is RESPONSE_INVALID`, async () => {
    const { ask, errors } = hosting(() => untyped(given))
    assert.is((await ask()).status, 500)
    assert.is(errors.length, 1)
    await rejects(() => Promise.reject(errors[0]), 'RESPONSE_INVALID')
  })
}

failing('a response that takes the connection over is answered with 501', async () => {
  const { ask } = hosting(() => switchingResponse(() => {}, { headers: { upgrade: 'own' } }))
  assert.is((await ask()).status, 501)
})

failing('an onError that throws, or rejects, does no harm: both errors are printed', async () => {
  const quiet = console.error
  const printed: unknown[] = []
  console.error = (each: unknown) => printed.push(each)
  try {
    const failure = new Error('of onError')
    const onError = async () => {
      throw failure
    }
    const { ask } = hosting(() => Promise.reject(broken), { onError })
    assert.is((await ask()).status, 500)
    await turn()
    assert.ok(printed.length === 2 && printed[0] === broken && printed[1] === failure)
  } finally {
    console.error = quiet
  }
})

failing('a handler, or an onError, that is not a function is refused at the call', () => {
  throwsAtOnce(() => toFetch(() => text('hello'), { onError: untyped(1) }), TypeError)
  throwsAtOnce(() => toFetch(untyped(text('hello'))), TypeError)
})

failing.run()

const clients = suite('toFetch: the client')

clients('the signal aborts when the response is complete', async () => {
  const signals: AbortSignal[] = []
  const { ask } = hosting(({ client }) => {
    signals.push(client.signal)
    return text('hello')
  })
  await ask()
  assert.is(signals[0]?.reason.code, 'REQUEST_OVER')
})

clients('draining is that of the options, and ends a stream of events', async () => {
  const stopping = new AbortController()
  const seen: unknown[] = []
  const app = toFetch(
    ({ client }) => {
      seen.push(client.draining === stopping.signal)
      return events([{ kind: 'pause', until: new Promise(() => {}) }], { client })
    },
    { draining: stopping.signal },
  )
  const reading = (await app(new Request(url))).text()
  stopping.abort()
  assert.is(await within(5000, reading), '')
  assert.equal(seen, [true])
})

clients(
  'without the option it never aborts; what is not a signal is refused at the call',
  async () => {
    const page = toFetch(({ client }) => text(String(client.draining.aborted)))
    assert.is(await (await page(new Request(url))).text(), 'false')
    for (const call of [
      () => toFetch(() => text(''), { draining: untyped('soon') }),
      () => toFetchMiddleware((next) => next, { draining: untyped('soon') }),
    ])
      assert.match(
        throwsAtOnce(call, TypeError).message,
        /^Cannot use draining: found a string, wanted an AbortSignal$/,
      )
  },
)

clients('a host whose promise of a complete response rejects ends no process', async () => {
  const unhandled: unknown[] = []
  const add = (error: unknown) => void unhandled.push(error)
  process.on('unhandledRejection', add)
  const context = {
    get completed() {
      return Promise.reject(new Error('the client left'))
    },
  }
  async function* page() {
    yield 'one'
    await turn()
    yield 'two'
  }
  const response = await toFetch(() => stream(page()))(new Request(url), context)
  assert.is(await response.text(), 'onetwo')
  await turn(5)
  process.off('unhandledRejection', add)
  assert.equal(unhandled, [])
})

clients('the signal aborts while the handler works, and its error is not reported', async () => {
  const { ask, errors } = hosting(
    ({ client }) =>
      new Promise((_, reject) =>
        client.signal.addEventListener('abort', () => reject(client.signal.reason)),
      ),
  )
  const left = new AbortController()
  const asked = ask({ signal: left.signal })
  await turn()
  left.abort()
  assert.is((await asked).status, 499)
  assert.is(errors.length, 0)
})

clients('content is refused once the response is complete', async () => {
  const later = deferred<HttpResponse>()
  let body: Parameters<Handler>[0]['body'] = toBody(null)
  const { ask } = hosting((request) => {
    body = request.body
    return later.promise
  })
  const asked = ask({ method: 'POST', body: 'late' })
  later.resolve(empty())
  await asked
  await rejects(() => readText(body), 'REQUEST_OVER')
})

clients('the address may be found otherwise, when it is asked for', async () => {
  let asked = 0
  const client = (request: Request) => {
    asked++
    return { address: request.headers.get('x-real-ip') ?? '' }
  }
  const { ask } = hosting(
    ({ client, target }) => (target === '/' ? json([client.address, client.port]) : empty()),
    { client },
  )
  const response = await ask({ headers: { 'x-real-ip': '192.0.2.1' } })
  assert.equal([await response.json(), asked], [['192.0.2.1', 0], 1])
})

clients('inform does nothing', async () => {
  const { ask } = hosting(({ client }) => {
    client.inform(103, fields({ link: '</a.css>; rel=preload' }))
    return json({})
  })
  assert.is((await ask()).status, 200)
})

clients('an error of the body is that of the stream, unless the client has left', async () => {
  const left = new AbortController()
  const failed = (signal?: AbortSignal) =>
    fromRequest(
      new Request(url, {
        method: 'POST',
        body: new ReadableStream({ pull: (controller) => controller.error(broken) }),
        duplex: 'half',
        ...(signal === undefined ? {} : { signal }),
      }),
    )
  await rejects(() => readText(failed().body), broken)
  left.abort()
  await rejects(() => readText(failed(left.signal).body), 'READER_GONE')
})

clients.run()
