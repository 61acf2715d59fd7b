// A fetch application as a handler, on our own server: what a raw client sees.
import { fromFetch } from '@sluice/fetch'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { get, post, serving } from '../support/server/serving.ts'

const from = suite('fromFetch')

from(
  'the application reads the request, and its Response is sent',
  serving(async (start) => {
    const app = fromFetch(async (request) => {
      const { pathname } = new URL(request.url)
      const text = `${request.method} ${pathname} ${request.headers.get('x-a')} ${await request.text()}`
      return new Response(text, { status: 201, headers: { 'x-b': 'two' } })
    })
    const site = await start(app)
    const { status, fields, content } = await site.ask(post('/tea?n=1', 'Assam', 'x-a: one'))
    assert.is(status, 201)
    assert.is(fields.get('x-b'), 'two')
    assert.is(content, 'POST /tea one Assam')
  }),
)

from(
  'an application may answer without a promise',
  serving(async (start) => {
    const site = await start(fromFetch(() => new Response('at once')))
    assert.is((await site.ask(get())).content, 'at once')
  }),
)

from.run()
