// The lazy Request of `fromFetch`, with the platform's own as the reference: the same operations give the same results.
import { inspect } from 'node:util'
import { data, readText, toBody } from '@sluice/body'
import { request, requestUrl } from '@sluice/stack'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { untyped } from '../support/bodies/untyped.ts'
import { lazyOf } from '../support/fetch/lazy-of.ts'
import { contentOperations, outcomeOf, outcomesOf } from '../support/fetch/outcome.ts'
import { holds } from '../support/holds.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { turn } from '../support/within.ts'
import type { HttpRequest, RequestParts } from '@sluice/stack'
import type { Operation } from '../support/fetch/outcome.ts'

interface Made {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [string, string])[]
  readonly content: string | undefined
}

/** Content comes in frames of one byte, as a `Buffer` in memory that it shares. */
const bodyOf = (content: string | undefined): NonNullable<RequestParts['body']> => {
  const bytes = Buffer.from(content ?? '')
  if (content === undefined) return ''
  return toBody([...bytes].map((_, at) => data(bytes.subarray(at, at + 1))))
}

const oursOf = ({ method, target, headers, content }: Made): HttpRequest =>
  request(target, { method, headers, body: bodyOf(content) })

const realOf = (made: Made): Request => {
  const { method, headers, content } = made
  const init = { method, headers: headers.map(([name, value]): [string, string] => [name, value]) }
  const hasContent = content !== undefined && method !== 'GET' && method !== 'HEAD'
  const url = requestUrl(oursOf(made)).href
  return new Request(url, hasContent ? { ...init, body: Buffer.from(content) } : init)
}

const operations: readonly Operation<Request>[] = [
  ...contentOperations,
  { name: 'method', run: (on) => on.method },
  { name: 'url', run: (on) => on.url },
  { name: 'signal.aborted', run: (on) => on.signal.aborted },
  { name: 'signal === signal', run: (on) => Object.is(on.signal, on.signal) },
  { name: 'mode and others', run: (on) => [on.mode, on.cache, on.credentials, on.redirect] },
  { name: 'referrer and others', run: (on) => [on.referrer, on.integrity, on.keepalive] },
  { name: 'duplex', run: (on) => Reflect.get(on, 'duplex') },
  { name: 'instanceof Request', run: (on) => on instanceof Request },
  { name: 'instanceof Headers', run: (on) => on.headers instanceof Headers },
  { name: 'new Request(url, request).text()', run: (on) => new Request(on.url, on).text() },
  { name: 'new Request(url, request)', run: (on) => fieldsOf(new Request(on.url, on)) },
  { name: 'new Headers(headers)', run: (on) => [...new Headers(on.headers)] },
  { name: 'inspect()', run: (on) => inspect(on).split(' ')[0] },
]

const fieldsOf = ({ method, url, headers }: Request) => [method, url, ...headers]

const boundary = 'x1x'
const form = `--${boundary}\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--${boundary}--\r\n`

const contents: readonly { readonly type: string; readonly content: string | undefined }[] = [
  { type: 'text/plain;charset=UTF-8', content: 'tea \u{1f375}' },
  { type: 'text/plain', content: undefined },
  { type: 'application/json', content: '{"n":1}' },
  { type: 'Application/JSON; Charset="utf-8"', content: '\ufeff{"n":1}' },
  { type: 'application/x-www-form-urlencoded', content: 'a=1&b=%20' },
  { type: `multipart/form-data; boundary=${boundary}`, content: form },
]

const made: fc.Arbitrary<Made> = fc
  .record({
    method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'post', 'BREW'),
    target: fc.constantFrom(
      '/',
      '/a?b=c',
      '//evil.example/x',
      '/a/../b',
      '/%2e%2E/c',
      "/q?'",
      '/ä',
    ),
    given: fc.constantFrom(...contents),
    host: fc.constantFrom('a.example', 'A.example:80', '[::1]:8080', '1.2'),
  })
  .map(({ method, target, given, host }) => ({
    method,
    target: Buffer.from(target).toString('latin1'),
    headers: [
      ['host', host],
      ['content-type', given.type],
      ['x-two', 'one'],
      ['x-two', 'two'],
      ['cookie', 'a=1; b=2'],
    ],
    content: given.content,
  }))

const lazy = suite('lazy Request')

lazy('any operations give what they give on a real Request', () =>
  holds(
    fc.asyncProperty(
      made,
      fc.array(fc.constantFrom(...operations), { minLength: 1, maxLength: 5 }),
      async (of, chosen) => {
        const names = chosen.map(({ name }) => name)
        const wanted = await outcomesOf(chosen, realOf(of))
        assert.equal(await outcomesOf(chosen, lazyOf(oursOf(of))), wanted, names.join(', '))
      },
    ),
    600,
  ),
)

lazy('bytes are a copy, whatever memory they came in', async () => {
  const memory = Buffer.from('..tea..')
  const post = () => request('/', { method: 'POST', body: [data(memory.subarray(2, 5))] })
  const buffer = await lazyOf(post()).arrayBuffer()
  assert.is(buffer.byteLength, 3)
  new Uint8Array(buffer).fill(0)
  assert.is(memory.toString(), '..tea..')
})

lazy(
  'nothing is read before the content is asked for, and then one chunk of 64 KiB or less',
  async () => {
    let pulled = 0
    async function* content() {
      for (;;) {
        pulled++
        yield new Uint8Array(1000)
      }
    }
    const on = lazyOf(request('/', { method: 'POST', body: content() }))
    const { body } = on
    inspect(on)
    await turn()
    assert.is(pulled, 0)
    const reader = body?.getReader()
    await reader?.read()
    await turn()
    assert.ok(pulled * 1000 < 65_536 + 1000, `${pulled} frames`)
    const held = pulled
    await turn(3)
    assert.is(pulled, held)
    await reader?.cancel()
  },
)

lazy('cancelling the stream closes the content once, before and after the first read', async () => {
  for (const reads of [0, 1]) {
    let closed = 0
    const next = async () => ({ done: false as const, value: new Uint8Array(1) })
    const source = {
      [Symbol.asyncIterator]: () => ({
        next,
        return: async () => ({ done: true as const, value: ++closed }),
      }),
    }
    const reader = lazyOf(request('/', { method: 'POST', body: source })).body?.getReader()
    for (let i = 0; i < reads; i++) await reader?.read()
    await reader?.cancel()
    await reader?.cancel()
    assert.is(closed, 1)
  }
})

lazy(
  'a pause in the content is waited for, and its rejection is the error of every reading',
  async () => {
    const paused = (until: Promise<unknown>) => {
      const body = untyped(toBody([data(Buffer.from('a')), { kind: 'pause', until }]))
      return request('/', { method: 'POST', body })
    }
    assert.is(await lazyOf(paused(turn())).text(), 'a')
    const failed = () => paused(Promise.reject(new Error('too late')))
    for (const { run } of contentOperations.slice(0, 3)) {
      const { message } = await rejects(() => run(lazyOf(failed())), Error)
      assert.is(message, 'too late')
    }
  },
)

lazy('looking at a request whose content was read does not fail', async () => {
  const used = request('/', { method: 'POST', body: [data(Buffer.from('a'))] })
  await readText(used.body)
  const on = lazyOf(used)
  assert.is(on.mode, 'cors')
  assert.ok(inspect(on).startsWith('Request'))
})

lazy('content that something has read already fails with BODY_USED', async () => {
  const used = request('/', { method: 'POST', body: [data(Buffer.from('a'))] })
  await readText(used.body)
  await rejects(() => lazyOf(used).text(), 'BODY_USED')
  await rejects(() => new Response(lazyOf(used).body).text(), 'BODY_USED')
})

lazy('a copy of a client without its signal is refused', () => {
  const given = { ...request('/', { method: 'POST', body: 'x' }), client: untyped({}) }
  const on = lazyOf(given)
  for (const use of [() => on.signal, () => on.clone()])
    assert.match(throwsAtOnce(use, TypeError).message, /^Cannot use the client: found undefined/)
})

lazy('the signal is that of the client', () => {
  const controller = new AbortController()
  const client = { ...request().client, signal: controller.signal }
  const on = lazyOf(request('/', { client }))
  const real = new Request(on.url, on)
  controller.abort(new Error('gone'))
  assert.is(on.signal.reason.message, 'gone')
  assert.is(real.signal.aborted, true)
})

lazy('clone() is a request of the platform', async () => {
  const on = lazyOf(request('/', { method: 'POST', body: 'tea' }))
  on.headers.set('x-a', 'one')
  const copy = new Request(on.clone(), { headers: { 'x-b': 'two' } })
  assert.is(copy.headers.get('x-b'), 'two')
  assert.is(await copy.text(), 'tea')
  assert.is(await on.text(), 'tea')
})

lazy('new Request(request, init) gives the same request, or a TypeError', async () => {
  const on = lazyOf(request('/', { method: 'POST', body: 'tea' }))
  const taken = await outcomeOf(async () => {
    const copy = new Request(on, { headers: {} })
    return [copy.method, await copy.text()]
  })
  const wanted = 'error' in taken ? { error: 'TypeError' } : { value: ['POST', 'tea'] }
  assert.equal(taken, wanted)
})

for (const method of ['CONNECT', 'TRACE', 'track'])
  lazy(`${method} is refused: a Request cannot have it`, async () => {
    await rejects(() => lazyOf(request('a:1', { method })), 'NOT_IMPLEMENTED')
  })

lazy.run()
