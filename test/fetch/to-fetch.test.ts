import { readText } from '@sluice/body'
import { toFetch } from '@sluice/fetch'
import { flush } from '@sluice/flush'
import { HttpError, json, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rejects } from '../support/rejects.ts'
import { within } from '../support/within.ts'

const toFetchTests = suite('toFetch')

toFetchTests('text is the response, with its fields', async () => {
  const hello = toFetch(({ method, target }) => text(`${method} ${target}`))
  const response = await hello(new Request('http://a.example//tea?sugar=2'))
  assert.is(response.status, 200)
  assert.is(response.headers.get('content-type'), 'text/plain; charset=utf-8')
  assert.is(await response.text(), 'GET //tea?sugar=2')
})

toFetchTests('a handler reads the body of a request', async () => {
  const echo = toFetch(async ({ body }) => json({ content: await readText(body) }))
  const request = new Request('http://a.example/', { method: 'POST', body: 'content' })
  assert.equal(await (await echo(request)).json(), { content: 'content' })
})

toFetchTests('an error before the first byte is answered, and reported once', async () => {
  const seen: unknown[] = []
  const error = new HttpError('NOT_FOUND', 'Cannot find the tea')
  async function* failing() {
    yield 'not sent'
    throw error
  }
  const app = toFetch(() => stream(failing()), { onError: (found) => seen.push(found) })
  const response = await app(new Request('http://a.example/'))
  assert.is(response.status, 404)
  assert.is(await response.text(), 'Cannot find the tea\n')
  assert.equal(seen.length, 1)
  assert.ok(seen[0] === error)
})

toFetchTests('after a flush an error fails the stream, and what was flushed arrives', async () => {
  const seen: unknown[] = []
  const error = new Error('broken')
  async function* failing() {
    yield 'sent'
    yield flush
    throw error
  }
  const app = toFetch(() => stream(failing()), { onError: (found) => seen.push(found) })
  const response = await app(new Request('http://a.example/'))
  assert.is(response.status, 200)
  const reader = response.body?.getReader()
  const { value } = (await reader?.read()) ?? {}
  assert.is(new TextDecoder().decode(value), 'sent')
  await rejects(() => within(1000, reader?.read()), error)
  assert.equal(seen.length, 1)
})

toFetchTests.run()
