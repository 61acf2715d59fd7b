// What plain JavaScript gives where TypeScript would not compile: refused in our words, with what to do.
import { readText, toBody } from '@sluice/body'
import {
  fromFetch,
  fromResponse,
  toFetch,
  toFetchMiddleware,
  toReadableStream,
} from '@sluice/fetch'
import { mapText, pipe } from '@sluice/filter'
import { request, stack, text, withTraits } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watched } from '../support/bodies/sources.ts'
import { untyped } from '../support/bodies/untyped.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { turn } from '../support/within.ts'
import type { Handler, PassingMiddleware } from '@sluice/stack'

const raw = new Request('http://a.example/')
const page: Handler = () => text('tea')
const passes: PassingMiddleware = (next) => (asked) => next(asked)

const requests = suite('mistakes: the request')

for (const { name, given, message } of [
  {
    name: 'a context of Hono',
    given: { req: { raw } },
    message: /context of Hono, .* c\.req\.raw/,
  },
  {
    name: 'c.req of Hono',
    given: { raw, url: raw.url },
    message: /wanted a Request: use c\.req\.raw/,
  },
  { name: 'an event of h3', given: { req: raw }, message: /wanted a Request: use its req/ },
  { name: 'a context of a router', given: { request: raw }, message: /use its request/ },
  {
    name: 'a request of ours',
    given: request('/'),
    message: /request of Sluice, .* without toFetch/,
  },
  {
    name: 'a request of Node',
    given: { httpVersion: '1.1', url: '/', headers: {} },
    message: /request of Node, .* toListener of @sluice\/node/,
  },
  { name: 'a URL', given: '/', message: /found a string, wanted a Request/ },
  { name: 'nothing', given: undefined, message: /found undefined, wanted a Request/ },
]) {
  requests(`${name} is refused by toFetch: ${message}`, () => {
    const error = throwsAtOnce(() => toFetch(page)(untyped(given)), TypeError)
    assert.match(error.message, message)
  })

  requests(`${name} is refused by toFetchMiddleware`, async () => {
    const layer = toFetchMiddleware(passes)
    const error = await rejects(() => layer(untyped(given), () => new Response()), TypeError)
    assert.match(error.message, message)
  })
}

requests('a Request of another library is taken', async () => {
  const { url, method, signal } = raw
  const foreign = { url, method, signal, headers: new Headers(), body: null, bodyUsed: false }
  assert.is(await (await toFetch(page)(untyped(foreign))).text(), 'tea')
})

requests.run()

const middlewares = suite('mistakes: the middleware')

middlewares('a handler is told to be given to toFetch, and its response is closed', async () => {
  const source = watched([])
  const handler = () => ({ ...text(''), body: source.body })
  const error = throwsAtOnce(() => toFetchMiddleware(untyped(handler)), TypeError)
  assert.match(error.message, /found a handler, wanted a middleware: give a handler to toFetch/)
  await turn()
  assert.is(source.closes, 1)
})

middlewares('an async handler is not called', () => {
  let calls = 0
  const handler = async () => {
    calls++
    return text('tea')
  }
  const error = throwsAtOnce(() => toFetchMiddleware(untyped(handler)), TypeError)
  assert.match(error.message, /found an async function, wanted a middleware: .* toFetch/)
  assert.is(calls, 0)
})

middlewares('a promise of a response that fails is not unhandled', async () => {
  const handler = () => Promise.reject(new Error('it broke'))
  throwsAtOnce(() => toFetchMiddleware(untyped(handler)), TypeError)
  await turn()
})

middlewares('nothing is not a middleware, and nothing is not a handler', () => {
  const error = throwsAtOnce(() => toFetchMiddleware(untyped(undefined)), TypeError)
  assert.match(error.message, /^Cannot use the middleware: found undefined, wanted a function/)
  const empty = throwsAtOnce(() => toFetchMiddleware(untyped(() => undefined)), TypeError)
  assert.match(empty.message, /what the middleware returns as a handler: found undefined/)
})

middlewares('a call without next says how to call it', async () => {
  const layer = toFetchMiddleware(passes)
  const error = await rejects(() => layer(raw, untyped(undefined)), TypeError)
  assert.match(error.message, /found undefined as next, .* \(request, next\)/)
})

middlewares('one that cannot run on the event loop is refused with the name of its part', () => {
  const slow = withTraits({ mode: 'blocking' }, page)
  const handler = throwsAtOnce(() => toFetch(stack(passes)(slow)), TypeError)
  assert.match(handler.message, /the handler: the handler \(page\) states mode: 'blocking', and/)
  const once = withTraits({ reentrant: false }, passes)
  const around = throwsAtOnce(() => toFetchMiddleware(stack(passes, once)), TypeError)
  assert.match(around.message, /the middleware: middleware 2 \(passes\) states reentrant: false/)
})

middlewares.run()

const responses = suite('mistakes: the response')

for (const { name, given, message } of [
  { name: 'a promise', given: Promise.resolve(), message: /found a promise, .* await it/ },
  {
    name: 'a response of ours',
    given: text(''),
    message: /response of Sluice, .* without fromFetch/,
  },
  { name: 'nothing', given: undefined, message: /found undefined, .* does the application return/ },
])
  responses(`${name} is refused by fromResponse: ${message}`, () => {
    const error = throwsAtOnce(() => fromResponse(untyped(given)), 'RESPONSE_INVALID')
    assert.match(error.message, /^Cannot read the response: found /)
    assert.match(error.message, message)
  })

responses('a handler needs no fromFetch', () => {
  const error = throwsAtOnce(() => fromFetch(untyped(page))(request('/')), 'RESPONSE_INVALID')
  assert.match(error.message, /use its handler without fromFetch/)
})

responses.run()

const bodies = suite('mistakes: the body')

const loud = mapText((part) => part.toUpperCase())

for (const { name, given, message } of [
  { name: 'a text', given: 'tea', message: /found a string, wanted a body: use toBody\(\)/ },
  { name: 'a response', given: text(''), message: /found a response .* use its body/ },
  {
    name: 'a fetch Response',
    given: new Response(''),
    message: /found a response .* use its body/,
  },
  { name: 'nothing', given: undefined, message: /found undefined, wanted a body/ },
])
  bodies(`${name} is refused by toReadableStream and pipe: ${message}`, () => {
    for (const run of [
      () => toReadableStream(untyped(given)),
      () => pipe(untyped(given), loud),
      () => pipe(untyped(given)),
    ])
      assert.match(throwsAtOnce(run, TypeError).message, message)
  })

bodies('a generator of strings is told to be given to toBody()', async () => {
  async function* words() {
    yield 'tea'
  }
  const read = new Response(toReadableStream(untyped(words()))).text()
  const error = await rejects(() => read, 'BODY_INVALID')
  assert.match(error.message, /found a string, wanted a frame: use toBody\(\)/)
  assert.is(await readText(pipe(toBody(words()), loud)), 'TEA')
})

bodies.run()
