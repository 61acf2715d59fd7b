// A middleware around an application of Node: what the client gets, and what the middleware sees.
import { mapText } from '@sluice/filter'
import { output } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { around, unused } from '../support/node/around.ts'
import { hosting } from '../support/node/hosting.ts'
import { get } from '../support/server/serving.ts'
import type { PassingMiddleware } from '@sluice/stack'

const loud = output(mapText((part) => part.toUpperCase()))
const passing: PassingMiddleware = (next) => (request) => next(request)

const response = suite('toMiddleware: the response')

response(
  'a response that is filtered arrives filtered',
  hosting(async (start) => {
    const host = await start(
      unused,
      around(loud, (_, res) => res.end('hello')),
    )
    const { status, content } = await host.ask(get())
    assert.is(status, 200)
    assert.is(content, 'HELLO')
    assert.equal(host.told, [])
  }),
)

response(
  'a response that is left as it is keeps its length, its status message, and the case of its names',
  hosting(async (start) => {
    const app = around(passing, (_, res) => {
      res.statusMessage = 'Fine'
      res.setHeader('X-Some-Name', 'a')
      res.end('hello')
    })
    const host = await start(unused, app)
    const client = await host.connect()
    client.send(get())
    const head = await client.takeTo('\r\n\r\n')
    assert.match(head, /^HTTP\/1\.1 200 Fine\r\n/)
    assert.match(head, 'X-Some-Name: a\r\n')
    assert.match(head, 'Content-Length: 5\r\n')
    assert.is((await client.take(5)).toString(), 'hello')
  }),
)

response.run()
