// What plain JavaScript gives where TypeScript would not compile: refused in our words, with what to do.
import { fields, noFields, toBody } from '@sluice/body'
import { compress } from '@sluice/compress'
import { mapText, tap } from '@sluice/filter'
import { proxyHints } from '@sluice/flush'
import {
  checkHandler,
  checkResponse,
  input,
  mapResponse,
  output,
  request,
  stack,
  text,
} from '@sluice/stack'
import { bufferedOutput } from '@sluice/write-buffering'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watched } from '../support/bodies/sources.ts'
import { untyped } from '../support/bodies/untyped.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { turn } from '../support/within.ts'
import type { Handler, PassingMiddleware } from '@sluice/stack'

const responses = suite('checkResponse')

responses('a response of ours is one, also with fields and a body of another copy', () => {
  checkResponse(text('hello'))
  checkResponse({
    status: 200,
    headers: { without: () => noFields, *[Symbol.iterator]() {} },
    body: { async *[Symbol.asyncIterator]() {} },
  })
})

const status = 200
const headers = fields()

for (const { name, given, found } of [
  { name: 'nothing', given: undefined, found: /found undefined, .* does the handler return/ },
  { name: 'null', given: null, found: /found null, wanted an HttpResponse/ },
  { name: 'a string', given: 'hello', found: /found a string, .* text\(\)/ },
  { name: 'a number', given: 200, found: /found a number, wanted an HttpResponse/ },
  { name: 'a function', given: () => text(''), found: /found a function, .* with its handler/ },
  {
    name: 'a Response of fetch',
    given: new Response('hello'),
    found: /found a fetch Response, wanted an HttpResponse: use text\(\), json\(\) or stream\(\)/,
  },
  { name: 'a Response without content', given: new Response(), found: /found a fetch Response/ },
  { name: 'plain headers', given: { status, headers: {}, body: toBody('') }, found: /fields\(/ },
  {
    name: 'Headers of fetch',
    given: { status, headers: new Headers(), body: toBody('') },
    found: /found headers that are not Fields/,
  },
  { name: 'no headers', given: { status, body: toBody('') }, found: /headers that are not Fields/ },
  { name: 'no body', given: { status, headers }, found: /found no body: use empty\(\)/ },
  { name: 'null as body', given: { status, headers, body: null }, found: /found no body/ },
  {
    name: 'a string as body',
    given: { status, headers, body: 'hello' },
    found: /found a string as its body: use text\(\)/,
  },
  {
    name: 'bytes as body',
    given: { status, headers, body: new Uint8Array(1) },
    found: /found something else as its body: use stream\(\)/,
  },
  {
    name: 'a generator',
    given: (function* () {})(),
    found: /found \[object Generator\], .* use stream\(\)/,
  },
  {
    name: 'an async generator',
    given: (async function* () {})(),
    found: /found \[object AsyncGenerator\], .* use stream\(\)/,
  },
  {
    name: 'a generator function',
    given: async function* () {},
    found: /found a generator function, .* use stream\(\)/,
  },
  { name: 'another object', given: { hello: 1 }, found: /found \[object Object\], wanted/ },
])
  responses(`${name} is RESPONSE_INVALID, and the message says what to do`, () => {
    const error = throwsAtOnce(() => checkResponse(given), 'RESPONSE_INVALID')
    assert.is(error.status, 500)
    assert.match(error.message, /^Cannot send the response: found /)
    assert.match(error.message, found)
  })

responses('the body of a response that is refused is closed', async () => {
  const source = watched([])
  throwsAtOnce(() => checkResponse({ status, headers: {}, body: source.body }), 'RESPONSE_INVALID')
  await turn()
  assert.equal([source.pulls, source.closes], [0, 1])
})

responses('the content of a fetch Response that is refused is cancelled', async () => {
  let cancels = 0
  const content = new ReadableStream({
    cancel() {
      cancels++
    },
  })
  throwsAtOnce(() => checkResponse(new Response(content)), 'RESPONSE_INVALID')
  await turn()
  assert.is(cancels, 1)
})

responses.run()

const handlers = suite('checkHandler')

handlers('a function is one', () => checkHandler(() => text('')))

for (const { name, given, message } of [
  { name: 'nothing', given: undefined, message: 'found undefined, wanted a function' },
  { name: 'an object', given: {}, message: 'found [object Object], wanted a function' },
  {
    name: 'a promise of one',
    given: Promise.resolve(),
    message: 'found a promise, wanted a function: await it first',
  },
  {
    name: 'a response',
    given: text(''),
    message: 'found a response, wanted a function: give the handler without calling it',
  },
])
  handlers(`${name} is refused: ${message}`, () => {
    const error = throwsAtOnce(() => checkHandler(given), TypeError)
    assert.is(error.message, `Cannot use the handler: ${message}`)
  })

handlers.run()

const stacks = suite('stack: mistakes')

const callWith = (called: unknown, given: unknown): unknown =>
  typeof called === 'function' ? Reflect.apply(called, undefined, [given]) : undefined

const passes = (next: Handler): Handler => next

stacks('a middleware that returns no handler is refused when the stack is made', () => {
  // A forgotten return.
  const place: unknown = Reflect.apply(stack, undefined, [passes, () => undefined])
  const error = throwsAtOnce(() => callWith(place, () => text('')), TypeError)
  assert.is(
    error.message,
    'Cannot use what middleware 2 returns as a handler: found undefined, wanted a function',
  )
})

stacks('a middleware that is asynchronous is told to be awaited', () => {
  const place: unknown = Reflect.apply(stack, undefined, [async () => passes])
  const error = throwsAtOnce(() => callWith(place, () => text('')), TypeError)
  assert.match(error.message, /middleware 1 returns .* found a promise, .* await it first/)
})

stacks('a stack that is served without its handler says so', () => {
  const error = throwsAtOnce(() => callWith(stack(), request()), TypeError)
  assert.is(
    error.message,
    'Cannot stack the handler: found a request, wanted a function: first call the stack with its handler',
  )
})

stacks.run()

const behind = suite('mistakes behind a middleware')

const noStore: PassingMiddleware = (next) => (asked) =>
  mapResponse(next(asked), (response) => ({
    ...response,
    headers: response.headers.with('cache-control', 'no-store'),
  }))

for (const [name, middleware] of [
  ['mapResponse', noStore],
  ['proxyHints()', proxyHints()],
  ['compress()', compress()],
  ['output(mapText)', output(mapText((part) => part))],
  ['output(tap)', output(tap(() => ({})))],
  ['bufferedOutput()', bufferedOutput()],
] as const)
  for (const later of [false, true])
    behind(`${name} says what was found${later ? ', also by a promise' : ''}`, async () => {
      for (const [given, found] of [
        [undefined, /found undefined, .* does the handler return/],
        ['hello', /found a string, .* use text\(\)/],
        [new Response('hello'), /found a fetch Response, .* use text\(\), json\(\) or stream\(\)/],
      ] as const) {
        const handler = untyped(() => (later ? Promise.resolve(given) : given))
        const app = stack(middleware)(handler)
        const asked = request('/', { headers: { 'accept-encoding': 'gzip' } })
        // As a host does: a middleware may pass on what it does not touch.
        const serve = async () => checkResponse(await app(asked))
        const error = await rejects(serve, 'RESPONSE_INVALID')
        assert.match(String(error), found)
      }
    })

behind('an error of map is not changed if the response is one', async () => {
  const broken = new TypeError('broken')
  const failing = () =>
    mapResponse(text('hello'), () => {
      throw broken
    })
  await rejects(async () => failing(), broken)
  const others = () =>
    mapResponse({ rows: 1 }, () => {
      throw broken
    })
  await rejects(async () => others(), broken)
})

behind('input and output want a function at the call', () => {
  assert.match(throwsAtOnce(() => input(untyped(5)), TypeError).message, /filter requests/)
  assert.match(throwsAtOnce(() => output(untyped(undefined)), TypeError).message, /filter resp/)
})

behind.run()
