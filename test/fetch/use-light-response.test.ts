// The light Response, with the platform's own as the reference: the same calls give the same results.
import { inspect } from 'node:util'
import { readText } from '@sluice/body'
import { fromFetch, fromResponse, useLightResponse } from '@sluice/fetch'
import { request } from '@sluice/stack'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { untyped } from '../support/bodies/untyped.ts'
import { lazyOf } from '../support/fetch/lazy-of.ts'
import { contentOperations, outcomeOf, outcomesOf } from '../support/fetch/outcome.ts'
import { holds } from '../support/holds.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import type { Operation } from '../support/fetch/outcome.ts'

type ResponseClass = typeof Response

const platform = { Response, Request, fetch }

const light = (() => {
  const undo = useLightResponse()
  const { Response: lightClass } = globalThis
  undo()
  return lightClass
})()

const operations: readonly Operation<Response>[] = [
  ...contentOperations,
  { name: 'status', run: (on) => [on.status, on.ok, on.statusText] },
  { name: 'type and others', run: (on) => [on.type, on.url, on.redirected] },
  { name: 'instanceof', run: (on) => [on instanceof platform.Response, on instanceof light] },
  { name: 'instanceof Headers', run: (on) => on.headers instanceof Headers },
  { name: 'new Response(body, response)', run: (on) => againOf(on) },
  { name: 'inspect()', run: (on) => inspect(on).split(' ')[0] },
]

const againOf = async (on: Response) => {
  const again = new platform.Response(on.body, on)
  return [again.status, [...again.headers], await again.text()]
}

const contents: readonly unknown[] = [
  undefined,
  null,
  '',
  'tea \u{1f375}',
  '\ufefftea',
  'lone \ud83c',
  '{"n":1}',
  Buffer.from('..bytes..').subarray(2, 7),
  new Uint8Array(),
  new Uint8Array([1, 2]).buffer,
  new Uint16Array([1, 2]),
  new URLSearchParams({ a: '1' }),
  new Blob(['blob'], { type: 'text/x' }),
  5,
  { toString: () => 'an object' },
]

const statuses: readonly unknown[] = [
  undefined,
  200,
  201,
  204,
  304,
  404,
  199,
  600,
  '201',
  Number.NaN,
  200.5,
]

const headers: readonly unknown[] = [
  undefined,
  {},
  { 'Content-Type': 'text/html' },
  { 'x-a': ' one ', 'X-A': 'two' },
  { 'x-a': 'one\n' },
  { 'x-a': 'a\nb' },
  { 'x-a': 5 },
  { 'x-a': ['one', 'two'] },
  { 'bad name': 'one' },
  { 'x-a': '\u0101' },
  { 'x-a': 'control \x01' },
  [
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ],
  [['too', 'many', 'parts']],
  new Headers([
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
    ['x-a', 'one'],
  ]),
  new Map([['x-a', 'one']]),
  null,
  'text',
]

const init: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, 5, 'text'),
  fc.record(
    {
      status: fc.constantFrom(...statuses),
      statusText: fc.constantFrom<unknown>('', 'Fine', 'no\nline', undefined),
      headers: fc.constantFrom(...headers),
    },
    { requiredKeys: [] },
  ),
)

const making = suite('light Response')

making('any Response, made and used in any way, is what the platform makes', () =>
  holds(
    fc.asyncProperty(
      fc.constantFrom(...contents),
      init,
      fc.array(fc.constantFrom(...operations), { maxLength: 4 }),
      async (content, given, chosen) => {
        const made = (make: ResponseClass) =>
          useOf(() => new make(untyped(content), untyped(given)), chosen)
        assert.equal(await made(light), await made(platform.Response))
      },
    ),
    1500,
  ),
)

making('Response.json is what the platform makes', () =>
  holds(
    fc.asyncProperty(
      fc.constantFrom<unknown>(1, { a: [1] }, null, undefined, 'text', () => {}, {
        toJSON: () => undefined,
      }),
      init,
      fc.array(fc.constantFrom(...operations), { maxLength: 3 }),
      async (value, given, chosen) => {
        const made = (make: ResponseClass) =>
          useOf(() => make.json(untyped(value), untyped(given)), chosen)
        assert.equal(await made(light), await made(platform.Response))
      },
    ),
    600,
  ),
)

/** What making a Response gave, and if there is one, what the operations on it gave. */
const useOf = async (make: () => Response, chosen: readonly Operation<Response>[]) => {
  const seen: Response[] = []
  const made = await outcomeOf(() => {
    seen.push(make())
  })
  const [response] = seen
  return response === undefined ? [made] : outcomesOf(chosen, response)
}

making('its bytes and fields are those of the call, whatever changes later', async () => {
  const bytes = Buffer.from('tea')
  const fields = { 'x-a': 'one' }
  const response = new light(bytes, { headers: fields })
  bytes.fill(0)
  fields['x-a'] = 'two'
  const { headers: sent, body } = fromResponse(response)
  assert.is(sent.get('x-a'), 'one')
  assert.is(await readText(body), 'tea')
})

making('statics and subclasses are those of the platform', async () => {
  assert.is(light.error().type, 'error')
  assert.is(light.redirect('http://a.example/', 303).status, 303)
  assert.is(light.name, 'Response')
  class Own extends light {
    readonly own = true
  }
  const own = new Own('tea')
  assert.ok(own instanceof Own && own instanceof platform.Response)
  assert.not.ok(new light('tea') instanceof Own)
  assert.is(await own.text(), 'tea')
  assert.throws(() => Reflect.apply(light, undefined, ['tea']), TypeError)
})

making('a light response is sent with its length, and once', async () => {
  const response = new light('tea', { status: 201, headers: { 'x-a': 'one' } })
  const { status, headers: sent, body } = fromResponse(response)
  assert.is(status, 201)
  assert.equal(
    [...sent],
    [
      ['x-a', 'one'],
      ['content-type', 'text/plain;charset=UTF-8'],
    ],
  )
  assert.is(body.byteLength, 3)
  assert.is(response.bodyUsed, true)
  throwsAtOnce(() => fromResponse(response), 'BODY_USED')
  await rejects(() => response.text(), TypeError)
})

making.run()

const using = suite('useLightResponse')

using('no global is touched without it', () => {
  fromFetch(() => new Response('tea'))(request())
  assert.is(globalThis.Response, platform.Response)
  assert.is(globalThis.Request, platform.Request)
  assert.is(globalThis.fetch, platform.fetch)
})

using('new Request(lazy), with and without an init, is a request of the platform', async () => {
  const undo = useLightResponse()
  try {
    const post = () =>
      lazyOf(request('/tea', { method: 'POST', body: 'Assam', headers: { 'x-a': 'one' } }))
    const whole = new Request(post())
    assert.equal(
      [whole.method, whole.url, whole.headers.get('x-a')],
      ['POST', 'http://localhost/tea', 'one'],
    )
    assert.is(await whole.text(), 'Assam')
    const changed = new Request(post(), { headers: { 'x-b': 'two' } })
    assert.equal([changed.headers.get('x-a'), changed.headers.get('x-b')], [null, 'two'])
    assert.is(await changed.text(), 'Assam')
    const lazy = post()
    await lazy.text()
    assert.throws(() => new Request(lazy), TypeError)
  } finally {
    undo()
  }
})

using('it is undone when each of its calls is, each once', () => {
  const first = useLightResponse()
  const second = useLightResponse()
  first()
  first()
  assert.is.not(globalThis.Response, platform.Response)
  second()
  assert.is(globalThis.Response, platform.Response)
  assert.is(globalThis.Request, platform.Request)
  assert.is(globalThis.fetch, platform.fetch)
})

using('undoing leaves a global that other code has set', () => {
  const undo = useLightResponse()
  const other = class extends platform.Response {}
  globalThis.Response = other
  undo()
  assert.is(globalThis.Response, other)
  globalThis.Response = platform.Response
})

using.run()
