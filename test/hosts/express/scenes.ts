// What happens between a handler of Express and its client while a response is made, behind a middleware that compresses.
import { Readable } from 'node:stream'
import * as assert from 'uvu/assert'
import { decoded, requestText } from '../../support/node/compression-row.ts'
import { readUntil } from '../../support/node/compression-scene.ts'
import { readContent, readHead, readResponse } from '../../support/server/read-response.ts'
import { deferred, turn } from '../../support/within.ts'
import { session } from './express.ts'
import type { StartNode } from '../../support/node/in-node.ts'
import type { App, Express, ExpressResponse, Layer } from './express.ts'

export interface ExpressScene {
  readonly name: string
  readonly run: (start: StartNode, express: Express, middleware: Layer) => Promise<void>
  /** Why `compression` fails it: it is not tried on that. */
  readonly theirsFails?: string
}

const quiet = (express: Express): App => express().set('env', 'test')

const some = `<p>${'all of a page. '.repeat(300)}</p>`

const sends = (target: string, ...lines: readonly string[]): string =>
  requestText({ target, lines }).replace('Connection: close\r\n', '')

const events: ExpressScene = {
  name: 'server-sent events by res.write and res.flush: each arrives before the next is sent',
  async run(start, express, middleware) {
    const asked = deferred<ExpressResponse>()
    const app = quiet(express)
      .use(middleware)
      .get('/', (_, res) => {
        res.set('Content-Type', 'text/event-stream').set('Cache-Control', 'no-cache')
        res.flushHeaders()
        asked.resolve(res)
      })
    const { connect } = await start(app)
    const client = await connect()
    client.send(sends('/'))
    const head = await readHead(client)
    assert.is(head.fields.get('content-encoding'), 'gzip')
    const res = await asked.promise
    const chunks: string[] = []
    let all = ''
    for (const message of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
      res.write(message)
      res.flush()
      all += message
      await readUntil(client, chunks, 'gzip', all)
    }
    res.end()
    await readContent(client, head)
  },
}

/** An error behind the head. */
const cut = (
  name: string,
  fail: (res: ExpressResponse, next: (error: Error) => void) => unknown,
): ExpressScene => ({
  name,
  async run(start, express, middleware) {
    const asked = deferred<() => unknown>()
    const app = quiet(express)
      .use(middleware)
      .get('/', (_, res, next) => {
        res.type('html').write('<p>one')
        res.flush()
        asked.resolve(() => fail(res, next))
      })
    const { connect, ask } = await start(app)
    const client = await connect()
    client.send(sends('/'))
    await readHead(client)
    await readUntil(client, [], 'gzip', '<p>one')
    ;(await asked.promise)()
    const rest = await client.takeRest()
    assert.not.match(rest.toString('latin1'), /0\r\n\r\n$/)
    assert.is((await ask(sends('/other'))).status, 404)
  },
})

const errors: readonly ExpressScene[] = [
  cut(
    'next(error) after the head: what was flushed arrives, and the end does not look complete',
    (_, next) => next(new Error('broken')),
  ),
  cut('res.destroy() after the head', (res) => res.destroy(new Error('broken'))),
  {
    name: 'an error behind a head that was not flushed: the end does not look complete',
    async run(start, express, middleware) {
      const app = quiet(express)
        .use(middleware)
        .get('/', (_, res, next) => {
          res.type('html').write('<p>one')
          next(new Error('broken'))
        })
      const { connect } = await start(app)
      const client = await connect()
      client.send(sends('/'))
      assert.not.match((await client.takeRest()).toString('latin1'), /0\r\n\r\n$/)
    },
  },
]

const leaving: ExpressScene = {
  name: 'a client that leaves ends what is piped to it',
  async run(start, express, middleware) {
    const gone = deferred<string>()
    const app = quiet(express)
      .use(middleware)
      .get('/', (_, res) => {
        res.type('html')
        const source = new Readable({ read: () => {} })
        source.push('<p>one')
        source.pipe(res)
        setImmediate(() => res.flush())
        res.on('finish', () => gone.resolve('finish'))
        res.on('close', () => gone.resolve(`close ${res.writableFinished}`))
      })
    const { connect } = await start(app)
    const client = await connect()
    client.send(sends('/'))
    await readHead(client)
    client.reset()
    assert.is(await gone.promise, 'close false')
    await turn(10)
  },
}

const kept: ExpressScene = {
  name: 'a connection is kept through pages, redirects, errors and 304s',
  async run(start, express, middleware) {
    const app = quiet(express)
      .use(middleware)
      .get('/page', (_, res) => res.set('ETag', 'W/"v"').send(some))
      .get('/moved', (_, res) => res.redirect('/page'))
      .get('/broken', (_req, _res, next) => next(Object.assign(new Error('x'), { stack: 'x' })))
    const { connect } = await start(app)
    const client = await connect()
    const statuses: number[] = []
    for (const target of ['/page', '/moved', '/broken', '/none', '/page']) {
      client.send(sends(target))
      statuses.push((await readResponse(client)).status)
    }
    client.send(sends('/page', 'If-None-Match: W/"v"'))
    statuses.push((await readResponse(client)).status)
    client.send(sends('/page'))
    assert.is(decoded(await readResponse(client)), some)
    assert.equal(statuses, [200, 302, 500, 404, 200, 304])
  },
}

const rolling: ExpressScene = {
  name: 'a session is found again by its cookie',
  async run(start, express, middleware) {
    const app = quiet(express)
      .use(
        middleware,
        session({ secret: 's', resave: false, saveUninitialized: false, rolling: true }),
      )
      .get('/', (req, res) => {
        const count = Number(req.session.count ?? 0) + 1
        req.session.count = count
        res.json({ count, some })
      })
    const { ask } = await start(app)
    let cookie = 'none=1'
    for (const count of [1, 2, 3]) {
      const response = await ask(sends('/', 'Connection: close', `Cookie: ${cookie}`))
      assert.equal(JSON.parse(decoded(response)), { count, some })
      cookie = response.fields.getAll('set-cookie')[0]?.split(';')[0] ?? ''
      assert.match(cookie, /^connect\.sid=/)
    }
  },
}

const interrupted: ExpressScene = {
  name: 'an upload that breaks off goes to the error handler as a 400, and the next client is served',
  async run(start, express, middleware) {
    const failed = deferred<unknown>()
    const app = quiet(express)
      .use(middleware, express.json())
      .post('/', (req, res) => res.json(req.body))
      .use((error: Error, _req: unknown, res: ExpressResponse, _next: unknown) => {
        failed.resolve('status' in error ? error.status : error)
        res.sendStatus(400)
      })
    const { connect, ask } = await start(app)
    const client = await connect()
    const head = ['POST / HTTP/1.1', 'Host: a', 'Content-Type: application/json']
    client.send([...head, 'Content-Length: 100', '', '{"a":'].join('\r\n'))
    await turn(20)
    client.reset()
    assert.is(await failed.promise, 400)
    const whole = [...head, 'Content-Length: 7', 'Connection: close', '', '{"a":1}'].join('\r\n')
    assert.is((await ask(whole)).content, '{"a":1}')
  },
}

export const scenes: readonly ExpressScene[] = [
  events,
  ...errors,
  leaving,
  kept,
  rolling,
  interrupted,
]
