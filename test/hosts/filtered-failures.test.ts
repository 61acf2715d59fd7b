// @installs test/hosts
// Parsers and applications of frameworks whose content fails in a filter in front of them: each gets an answer.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { decompressInput } from '@sluice/compress'
import { limitBytes, mapText } from '@sluice/filter'
import { toMiddleware } from '@sluice/node'
import { input, output, stack } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codeOf } from '../support/code-of.ts'
import { inNode } from '../support/node/in-node.ts'
import { readResponse } from '../support/server/read-response.ts'
import { versions } from './express/express.ts'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { NextFunction } from '@sluice/node'
import type { Middleware } from '@sluice/stack'
import type { NodeSite } from '../support/node/in-node.ts'
import type { Express, ExpressResponse, Layer } from './express/express.ts'

const failures = suite('toMiddleware: content that fails before a parser')

const limiting = input(limitBytes({ maxBytes: 1000 }))

const json = 'Content-Type: application/json'
const posted = (content: string, lines: readonly string[] = [json]): string =>
  `POST / HTTP/1.1\r\nHost: a\r\n${lines.join('\r\n')}\r\nContent-Length: ${content.length}\r\n\r\n${content}`
const long = posted(JSON.stringify('x'.repeat(500_000)))
const short = posted(JSON.stringify('x'.repeat(1500)))
const gzipped = (content: Uint8Array) =>
  posted(Buffer.from(content).toString('latin1'), [json, 'Content-Encoding: gzip'])

const parser: Readonly<Record<string, (express: Express) => Layer>> = {
  json: (express) => express.json({ limit: '10mb' }),
  text: (express) => express.text({ type: '*/*', limit: '10mb' }),
  raw: (express) => express.raw({ type: '*/*', limit: '10mb' }),
}

interface Trial {
  readonly name: string
  readonly middleware: Middleware
  readonly request: string
  readonly status: number
}

const trials: readonly Trial[] = [
  { name: 'too long at once', middleware: limiting, request: short, status: 413 },
  { name: 'much too long', middleware: limiting, request: long, status: 413 },
  {
    name: 'too long, before another filter',
    middleware: stack(limiting, input(limitBytes({ maxBytes: 1e6 }))),
    request: long,
    status: 413,
  },
  {
    name: 'no gzip',
    middleware: decompressInput(),
    request: gzipped(Buffer.alloc(500_000, 'no gzip')),
    status: 400,
  },
  {
    name: 'too long when decompressed',
    middleware: decompressInput({ maxBytes: 1000 }),
    request: gzipped(gzipSync(JSON.stringify('x'.repeat(5000)))),
    status: 413,
  },
]

/** Sends a request, and another on the same connection. */
const askTwice = async ({ connect }: NodeSite, request: string) => {
  const client = await connect()
  client.send(request)
  const first = await readResponse(client)
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  return { first, second: await readResponse(client) }
}

for (const { name: version, express } of versions)
  for (const [parses, layer] of Object.entries(parser))
    for (const { name, middleware, request, status } of trials)
      failures(
        `${version}, ${parses}: ${name}: the error handler of the application answers, and the connection goes on`,
        inNode(async (start) => {
          const told: unknown[] = []
          const app = express().set('env', 'test')
          app.use(
            toMiddleware(middleware, { onError: (error) => told.push(error) }),
            layer(express),
          )
          app.use((_, res) => res.send('parsed'))
          app.use((error: Error, _req: unknown, res: ExpressResponse, _next: unknown) => {
            const found = 'status' in error && error.status
            res.status(Number(found)).send(`answered ${'statusCode' in error && error.statusCode}`)
          })
          const { first, second } = await askTwice(await start(app), request)
          assert.is(first.status, status)
          assert.is(first.content, `answered ${status}`)
          assert.is(second.content, 'parsed')
          assert.equal(told, [])
        }),
      )

failures(
  'two layers: the application gets the error of the outer one',
  inNode(async (start) => {
    for (const { express } of versions) {
      const app = express().set('env', 'test')
      app.use(toMiddleware(limiting), toMiddleware(input(limitBytes({ maxBytes: 1e6 }))))
      app.use(express.json({ limit: '10mb' }))
      app.use((error: Error, _req: unknown, res: ExpressResponse, _next: unknown) =>
        res.status(409).send(String(codeOf(error))),
      )
      const { first } = await askTwice(await start(app), long)
      assert.is(first.content, 'BODY_TOO_LARGE')
    }
  }),
)

interface Raw<T> {
  readonly raw: T
}

const load = createRequire(join(process.cwd(), 'test/hosts/package.json'))

failures(
  'Fastify answers by the status of the error',
  inNode(async (start) => {
    const layer = toMiddleware(limiting)
    const app = load('fastify').fastify({ bodyLimit: 1e7 })
    app.addHook(
      'onRequest',
      (request: Raw<IncomingMessage>, reply: Raw<ServerResponse>, done: NextFunction) =>
        layer(request.raw, reply.raw, done),
    )
    app.post('/', () => 'parsed')
    await app.ready()
    const { ask } = await start((req, res) => app.routing(req, res))
    const first = await ask(short)
    assert.is(first.status, 413)
  }),
)

failures(
  'Fastify: a filter that fails after hijack(): answered by the status of the error',
  inNode(async (start) => {
    const told: unknown[] = []
    const broken = output(
      mapText(() => {
        throw new Error('a test')
      }),
    )
    const layer = toMiddleware(broken, { onError: (error) => told.push(error) })
    const app = load('fastify').fastify()
    app.addHook(
      'onRequest',
      (request: Raw<IncomingMessage>, reply: Raw<ServerResponse>, done: NextFunction) =>
        layer(request.raw, reply.raw, done),
    )
    app.get('/', (_: unknown, reply: Raw<ServerResponse> & { hijack(): void }) => {
      reply.hijack()
      reply.raw.end('page')
    })
    await app.ready()
    const { ask } = await start((req, res) => app.routing(req, res))
    const { status } = await ask('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    assert.is(status, 500)
    assert.is(told.length, 1)
  }),
)

const unheard: Readonly<Record<string, (express: Express) => Layer>> = {
  'reads events': () => (req, res) => {
    req.on('data', () => {})
    req.on('end', () => res.end('read'))
  },
  'pipes it elsewhere': () => (req, res) =>
    void req
      .pipe(new PassThrough())
      .on('end', () => res.end('piped'))
      .resume(),
}

for (const { name: version, express } of versions)
  for (const [reads, layer] of Object.entries(unheard))
    failures(
      `${version}: an application that listens to no error and ${reads}: answered by the status of the error`,
      inNode(async (start) => {
        const told: unknown[] = []
        const app = express()
        app.use(toMiddleware(limiting, { onError: (error) => told.push(codeOf(error)) }))
        app.post('/', layer(express))
        app.use((_, res) => res.send('parsed'))
        const { first, second } = await askTwice(await start(app), long)
        assert.is(first.status, 413)
        assert.is(second.content, 'parsed')
        assert.equal(told, ['BODY_TOO_LARGE'])
      }),
    )

failures(
  'an application that has begun its response and listens to no error: the response is cut',
  inNode(async (start) => {
    const told: unknown[] = []
    const layer = toMiddleware(limiting, { onError: (error) => told.push(codeOf(error)) })
    for (const request of [short, long]) {
      told.length = 0
      const { connect } = await start((req, res) =>
        layer(req, res, () => {
          res.write('begun')
          req.pipe(res)
        }),
      )
      const client = await connect()
      client.send(request)
      assert.not.match((await client.takeRest()).toString(), '\r\n0\r\n')
      assert.equal(told, ['BODY_TOO_LARGE'])
    }
  }),
)

failures.run()
