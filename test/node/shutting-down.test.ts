// A server that closes behind a listener: the signal `draining` ends its event streams, and new responses close their connections.
import { getEventListeners } from 'node:events'
import { createServer } from 'node:http'
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2'
import { openHub } from '@sluice/hub'
import { attach, toListener, toMiddleware } from '@sluice/node'
import { events } from '@sluice/sse'
import { stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { untyped } from '../support/bodies/untyped.ts'
import { hosting } from '../support/node/hosting.ts'
import { readChunk, readHead, readResponse } from '../support/server/read-response.ts'
import { get } from '../support/server/serving.ts'
import { turn, within } from '../support/within.ts'
import type { ListenerOptions } from '@sluice/node'
import type { Client, Handler } from '@sluice/stack'
import type { Host, Mount } from '../support/node/hosting.ts'
import type { RawClient } from '../support/server/raw-client.ts'

const soon = 5000

const listening =
  (more: ListenerOptions): Mount =>
  (handler, options) =>
    createServer(toListener(handler, { ...options, ...more }))

const open = async (host: Host): Promise<RawClient> => {
  const client = await host.connect()
  client.send(get())
  await readHead(client)
  return client
}

/** Words, and then nothing more. */
const quiet = (...words: string[]) => [
  ...words,
  { kind: 'pause', until: new Promise(() => {}) } as const,
]

const whenClosed = ({ server }: Host): Promise<unknown> =>
  new Promise((resolve) => server.close(resolve))

const draining = suite('toListener: draining')

draining(
  'the event streams of a topic end in order, nothing is reported, and the server closes',
  hosting(async (start) => {
    const stopping = new AbortController()
    const hub = openHub()
    const topic = hub.topic('news')
    const host = await start(
      ({ client }) => events(topic.read(), { client }),
      listening({ draining: stopping.signal }),
    )
    const clients = [await open(host), await open(host), await open(host)]
    await topic.append('one')
    const closed = whenClosed(host)
    for (const client of clients) assert.match((await readChunk(client)) ?? '', /data: one\n\n$/)
    stopping.abort()
    for (const client of clients) {
      assert.is(await within(soon, readChunk(client)), undefined)
      assert.is(await within(soon, client.ending), 'end')
    }
    await within(soon, closed)
    await hub.close()
    assert.equal(host.told, [])
  }),
)

draining(
  'if the hub closes first, the streams end too, without an event and without an error',
  hosting(async (start) => {
    const hub = openHub()
    const topic = hub.topic('news')
    const host = await start(({ client }) => events(topic.read(), { client }))
    const clients = [await open(host), await open(host)]
    await topic.append('one')
    for (const client of clients) assert.match((await readChunk(client)) ?? '', /data: one\n\n$/)
    await hub.close()
    for (const client of clients) assert.is(await within(soon, readChunk(client)), undefined)
    assert.equal(host.told, [])
  }),
)

draining(
  'a response that begins after it closes its connection, once; one before keeps it',
  hosting(async (start) => {
    const stopping = new AbortController()
    const options = { headers: { connection: 'close' } }
    const host = await start(
      ({ target }) => text('page', target === '/closes' ? options : {}),
      listening({ draining: stopping.signal }),
    )
    const kept = await host.connect()
    kept.send(get())
    assert.is((await readResponse(kept)).fields.get('connection'), 'keep-alive')
    stopping.abort()
    kept.send(get())
    assert.equal((await readResponse(kept)).fields.getAll('connection'), ['close'])
    assert.is(await kept.ending, 'end')
    const asked = await host.ask(get('/closes'))
    assert.equal(asked.fields.getAll('connection'), ['close'])
    assert.is(asked.content, 'page')
    assert.equal(host.told, [])
  }),
)

draining(
  'a stream whose client still sends, or has sent another request, keeps its connection',
  hosting(async (start) => {
    const stopping = new AbortController()
    const host = await start(
      ({ client, target }) => (target === '/' ? events(quiet(), { client }) : text('page')),
      listening({ draining: stopping.signal }),
    )
    const uploads = await host.connect()
    uploads.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nab')
    await readHead(uploads)
    const pipelines = await open(host)
    pipelines.send(get('/page'))
    await turn(20)
    stopping.abort()
    await uploads.takeTo('0\r\n\r\n')
    await turn(20)
    assert.is(uploads.ended, undefined)
    await pipelines.takeTo('0\r\n\r\n')
    const second = await readResponse(pipelines)
    assert.is(second.content, 'page')
    assert.equal(host.told, [])
  }),
)

draining(
  'a stream keeps one listener for all requests, and none when they are over',
  hosting(async (start) => {
    const { signal } = new AbortController()
    const count = () => getEventListeners(signal, 'abort').length
    const handler: Handler = ({ client }) =>
      client.draining === signal ? events(quiet('one'), { client }) : text('another signal')
    // A listener for each request, as code that passes on what a framework knows makes it.
    const host = await start(handler, (mounted, options) =>
      createServer((req, res) => toListener(mounted, { ...options, draining: signal })(req, res)),
    )
    const clients: RawClient[] = []
    for (let i = 0; i < 20; i++) {
      clients.push(await open(host))
      assert.is(count(), 1)
    }
    for (const client of clients) client.destroy()
    while (count() > 0) await turn()
  }),
)

draining(
  'over HTTP/2 the streams of a session end, and then the session',
  hosting(async (start) => {
    const stopping = new AbortController()
    const host = await start(
      ({ client, target }) =>
        target === '/page' ? text('page') : events(quiet('one'), { client }),
      (handler, options) =>
        createHttp2(toListener(handler, { ...options, draining: stopping.signal })),
    )
    const session = connectHttp2(`http://localhost:${host.port}`)
    const ask = async (path: string, by = session) => {
      const asked = by.request({ ':path': path })
      let got = ''
      for await (const part of asked.setEncoding('utf8')) got += part
      return `${got} ${asked.rstCode}`
    }
    const asked = [ask('/'), ask('/')]
    assert.is(await ask('/page'), 'page 0')
    const other = connectHttp2(`http://localhost:${host.port}`)
    assert.is(await ask('/page', other), 'page 0')
    const closed = whenClosed(host)
    stopping.abort()
    assert.equal(await within(soon, Promise.all(asked)), ['data: one\n\n 0', 'data: one\n\n 0'])
    if (!other.closed) assert.is(await ask('/page', other), 'page 0')
    await within(soon, closed)
    assert.equal(host.told, [])
  }),
)

draining(
  'handlers may add listeners of their own without a warning',
  hosting(async (start) => {
    const stopping = new AbortController()
    const warnings: unknown[] = []
    const warn = (warning: unknown) => warnings.push(warning)
    process.on('warning', warn)
    const host = await start(
      ({ client }) => {
        client.draining.addEventListener('abort', () => {})
        return text('page')
      },
      listening({ draining: stopping.signal }),
    )
    for (let i = 0; i < 12; i++) await host.ask(get())
    await turn(2)
    process.off('warning', warn)
    assert.equal(warnings, [])
  }),
)

draining(
  'one that has aborted before ends a stream at once',
  hosting(async (start) => {
    const host = await start(
      ({ client }) => events(quiet(), { client }),
      listening({ draining: AbortSignal.abort() }),
    )
    assert.is((await host.ask(get())).content, '')
  }),
)

draining(
  'a middleware of toMiddleware sees it',
  hosting(async (start) => {
    const { signal } = new AbortController()
    const seen: unknown[] = []
    const layer = toMiddleware(
      (next) => (request) => {
        seen.push(request.client.draining === signal)
        return next(request)
      },
      { draining: signal },
    )
    const mount: Mount = () => createServer((req, res) => layer(req, res, () => res.end('page')))
    const host = await start(() => text(''), mount)
    assert.is((await host.ask(get())).content, 'page')
    assert.equal(seen, [true])
  }),
)

for (const [name, call] of [
  ['toListener', (options: object) => toListener(() => text(''), untyped(options))],
  ['attach', (options: object) => attach(createServer(), () => text(''), untyped(options))],
  ['toMiddleware', (options: object) => toMiddleware((next) => next, untyped(options))],
] as const)
  draining(`${name} refuses what is not a signal`, () => {
    assert.throws(
      () => call({ draining: new AbortController() }),
      /^Cannot use draining: found \[object AbortController\], wanted an AbortSignal$/,
    )
  })

draining.run()

const attaching = suite('attach: draining')

attaching(
  'client.draining aborts with it, before close() is called',
  hosting(async (start) => {
    const stopping = new AbortController()
    const reason = new Error('a new version')
    const host = await start(
      ({ client }) =>
        stream(
          (async function* () {
            yield 'one'
            yield { kind: 'flush' } as const
            if (!client.draining.aborted)
              await new Promise((resolve) => client.draining.addEventListener('abort', resolve))
            yield String(client.draining.reason === reason)
          })(),
        ),
      (handler, options) => {
        const server = createServer()
        attach(server, handler, { ...options, draining: stopping.signal })
        return server
      },
    )
    const client = await open(host)
    assert.is(await readChunk(client), 'one')
    stopping.abort(reason)
    assert.is(await readChunk(client), 'true')
  }),
)

attaching('detaching stops listening to it', () => {
  const { signal } = new AbortController()
  const detach = attach(createServer(), () => text(''), { draining: signal })
  assert.is(getEventListeners(signal, 'abort').length, 1)
  detach()
  assert.is(getEventListeners(signal, 'abort').length, 0)
})

attaching.run()

const spread = suite('events: a copy of request.client')

for (const [name, copied, missing] of [
  ['a spread one', (client: Client) => ({ ...client }), 'signal'],
  [
    'a spread one with a signal to drain',
    (client: Client) => ({ ...client, draining: new AbortController().signal }),
    'signal',
  ],
  ['one without draining', ({ signal }: Client) => ({ signal }), 'draining'],
] as const)
  spread(
    `${name} is refused at the call, by name`,
    hosting(async (start) => {
      const host = await start(({ client }) => events(['one'], { client: untyped(copied(client)) }))
      assert.is((await host.ask(get())).status, 500)
      assert.is(host.told.length, 1)
      assert.match(
        String(host.told[0]),
        `TypeError: Cannot use the client: found undefined as its ${missing}, wanted an AbortSignal: give request.client, or { signal, draining }`,
      )
    }),
  )

spread(
  'one made of both signals is used',
  hosting(async (start) => {
    const stopping = new AbortController()
    const host = await start(({ client: { signal } }) =>
      events(quiet('one'), {
        client: { signal, draining: stopping.signal },
      }),
    )
    const client = await open(host)
    assert.is(await readChunk(client), 'data: one\n\n')
    stopping.abort()
    assert.is(await readChunk(client), undefined)
  }),
)

spread.run()
