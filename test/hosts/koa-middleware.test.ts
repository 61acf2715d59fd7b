// @installs test/hosts
// The line of packages/node/README.md that mounts a middleware in Koa: what stands around it goes on in every case.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { mapText } from '@sluice/filter'
import { toMiddleware } from '@sluice/node'
import { HttpError, output, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inNode } from '../support/node/in-node.ts'
import { turn } from '../support/within.ts'
import { copiedLines } from './mounting/copied-lines.ts'
import type { Middleware } from '@sluice/stack'

const Koa = createRequire(join(process.cwd(), 'test/hosts/package.json'))('koa')

const line = copiedLines('packages/node/README.md').find(({ code }) =>
  code.startsWith('app.use((ctx, next)'),
)
const mount = Function('app', 'layer', line?.code ?? '')

interface Context {
  body: unknown
}

interface Trial {
  readonly name: string
  readonly middleware: Middleware
  readonly status: number
  readonly seen: readonly string[]
}

const fails = () => {
  throw new HttpError('FORBIDDEN', 'Cannot go on: a test')
}

const trials: readonly Trial[] = [
  {
    name: 'the application answers',
    middleware: output(mapText((part) => part)),
    status: 200,
    seen: ['finally'],
  },
  {
    name: 'the middleware answers by itself',
    middleware: () => () => text('mine'),
    status: 200,
    seen: ['finally'],
  },
  {
    name: 'the middleware fails',
    middleware: () => fails,
    status: 403,
    seen: ['caught', 'finally'],
  },
  {
    name: 'the middleware fails after Koa has answered',
    middleware: output(mapText(fails)),
    status: 403,
    seen: ['finally'],
  },
]

const koa = suite('toMiddleware in Koa')

for (const { name, middleware, status, seen } of trials)
  koa(
    `${name}: it is answered, and an outer try and finally end`,
    inNode(async (start) => {
      const noted: string[] = []
      const app = new Koa()
      app.silent = true
      app.use(async (_: Context, next: () => Promise<void>) => {
        try {
          await next()
        } catch (error) {
          noted.push('caught')
          throw error
        } finally {
          noted.push('finally')
        }
      })
      mount(app, toMiddleware(middleware, { onError() {} }))
      app.use((ctx: Context) => {
        ctx.body = 'page'
      })
      const { ask } = await start(app.callback())
      assert.is(
        (await ask('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).status,
        status,
      )
      await turn(20)
      assert.equal(noted, seen)
    }),
  )

koa.run()
