// What plain JavaScript gives by mistake: the error says what was found, and what to give.
import { EventEmitter } from 'node:events'
import { createServer } from 'node:http'
import { readText } from '@sluice/body'
import { compress } from '@sluice/compress'
import { attach, toListener, toMiddleware } from '@sluice/node'
import { stack, text, traits, withTraits } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hosting } from '../support/node/hosting.ts'
import { get, post } from '../support/server/serving.ts'
import type { Handler } from '@sluice/stack'
import type { Mount } from '../support/node/hosting.ts'

const page = () => text('page')

/** Calls as plain JavaScript does. */
const refused = (call: (...args: never[]) => unknown, given: readonly unknown[], says: RegExp) => {
  let error: unknown
  try {
    Reflect.apply(call, undefined, given)
  } catch (thrown) {
    error = thrown
  }
  assert.instance(error, TypeError)
  assert.match(String(error), says)
}

const listeners = suite('toListener: mistakes')

const raw = {}
const once = /the middleware: the middleware states reentrant: false, and a host/

for (const [name, given, says] of [
  ['a request and a reply of Fastify', [{ raw }, { raw }], /give request\.raw and reply\.raw/],
  ['a context of Koa', [{ req: raw, res: raw }, async () => {}], /give ctx\.req and ctx\.res/],
  ['a Request of fetch', [new Request('http://a.example')], /found \[object Request\] as req/],
  ['no response', [{ rawHeaders: [] }], /found undefined as res/],
] as const)
  listeners(`${name} in place of (req, res)`, () => refused(toListener(page), given, says))

for (const [name, call, given] of [
  ['toListener', toListener, [page, { onError: 1 }]],
  ['attach', attach, [createServer(), page, { onError: 'print' }]],
] as const)
  listeners(`${name} with an onError that is not a function`, () =>
    refused(call, given, /Cannot use onError: found a (number|string), wanted a function/),
  )

const blocks = withTraits({ mode: 'blocking' }, page)
const app = stack(
  (next: Handler): Handler =>
    (asked) =>
      next(asked),
)(blocks)

for (const [name, call, given, says] of [
  [
    'toListener',
    toListener,
    [app],
    /the handler: the handler \(page\) states mode: 'blocking', and/,
  ],
  ['attach', attach, [createServer(), app], /the handler: the handler \(page\) states mode: 'bl/],
  [
    'toMiddleware',
    toMiddleware,
    [stack(withTraits({ mode: 'process' }, (next: Handler) => next))],
    /the middleware: middleware 1 states mode: 'process', and/,
  ],
  ['toMiddleware', toMiddleware, [withTraits({ reentrant: false }, (next: Handler) => next)], once],
] as const)
  listeners(`${name} refuses a part that cannot run on the event loop: ${says}`, () =>
    refused(call, given, says),
  )

const parsed: Mount = (handler, options) => {
  const listener = toListener(handler, options)
  return createServer((req, res) => {
    req.on('data', () => {})
    req.on('end', () => listener(req, res))
  })
}

listeners(
  'content that a parser has read: the error names the parsers of Fastify, too',
  hosting(async (start) => {
    const host = await start(async ({ body }) => text(await readText(body)), parsed)
    assert.is((await host.ask(post('/', 'content'))).status, 500)
    assert.match(String(host.told[0]), /before the parser; in Fastify.*content type parsers/)
  }),
)

listeners(
  'an onError that throws: its error and the one that it was given are printed',
  hosting(async (start) => {
    const printed: unknown[] = []
    const { error: print } = console
    console.error = (each: unknown) => printed.push(each)
    try {
      const given = new Error('of the handler')
      const failure = new Error('of onError')
      const throwing = () => {
        throw failure
      }
      for (const onError of [throwing, async () => throwing()]) {
        const host = await start(
          () => {
            throw given
          },
          (handler) => createServer(toListener(handler, { onError })),
        )
        assert.is((await host.ask(get())).status, 500)
        const [first, second, ...more] = printed.splice(0)
        assert.ok(first === given && second === failure && more.length === 0)
      }
    } finally {
      console.error = print
    }
  }),
)

listeners.run()

const servers = suite('attach: mistakes')

const application = Object.assign(() => {}, { on() {}, listen() {}, use() {} })

for (const [name, given, says] of [
  ['the handler first', [page, createServer()], /attach\(server, handler\)/],
  ['an application of Express', [application, page], /takes toListener\(handler\)/],
  ['an application of Fastify', [{ server: createServer(), listen() {} }, page], /toListener/],
  ['an emitter that is no server', [new EventEmitter(), page], /wanted a server of node:http/],
  ['nothing', [undefined, page], /found undefined, wanted a server/],
] as const)
  servers(name, () => refused(attach, given, says))

servers('a server that has a handler, until that is detached', () => {
  const server = createServer()
  const detach = attach(server, page)
  refused(attach, [server, page], /has a handler: first detach it/)
  detach()
  attach(server, page)()
})

servers.run()

const middlewares = suite('toMiddleware: mistakes')

for (const [name, given, says] of [
  ['a handler', page, /found a handler, wanted a middleware: give a handler to toListener/],
  ['an async handler', async () => page(), /found an async function, wanted a middleware/],
  ['nothing', undefined, /Cannot use the middleware: found undefined/],
] as const)
  middlewares(`${name} in place of a middleware`, () => refused(toMiddleware, [given], says))

middlewares('a context of Koa in place of (req, res)', () =>
  refused(toMiddleware(compress()), [{ req: raw, res: raw }, async () => {}], /give ctx\.req/),
)

middlewares('what it makes carries the traits of the middleware', () => {
  assert.equal(traits(toMiddleware(compress())), traits(compress()))
})

middlewares.run()
