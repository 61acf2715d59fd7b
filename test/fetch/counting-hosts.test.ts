// Deno and Bun count the bytes of a text by themselves. What they are given, as found when the package is loaded.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { turn } from '../support/within.ts'
import type { Data } from '@sluice/body'
import type { Handler, HttpResponse } from '@sluice/stack'

const counting = suite('toFetch in a host that counts the bytes of a text')

const { Response: Platform } = globalThis

/** What `new Response` was given. */
const given: { readonly content: unknown; readonly headers: unknown }[] = []

Reflect.set(globalThis, 'Deno', {})
globalThis.Response = class extends Platform {
  constructor(...[content, init]: ConstructorParameters<typeof Platform>) {
    super(content, init)
    given.push({ content, headers: init?.headers })
  }
}
// Loaded now, and not before: they look at the platform once.
const { data, fields, toBody } = await import('@sluice/body')
const { fromPull } = await import('@sluice/body/engine')
const { json, stream, text } = await import('@sluice/stack')
const { toFetch, toResponse } = await import('@sluice/fetch')

counting.before.each(() => {
  given.length = 0
})

counting.after(() => {
  Reflect.deleteProperty(globalThis, 'Deno')
  globalThis.Response = Platform
})

const ask = (handler: Handler, init?: RequestInit) =>
  toFetch(handler, { onError() {} })(new Request('http://a.example/', init))

const plain = { 'content-type': 'text/plain; charset=utf-8' }
const long = 'ab😀'.repeat(100)

for (const { name, response, content, headers } of [
  { name: 'ASCII', response: () => text('tea'), content: 'tea', headers: plain },
  { name: 'not ASCII', response: () => text('thé'), content: 'thé', headers: plain },
  { name: 'long', response: () => text(long), content: long, headers: plain },
  {
    name: 'JSON',
    response: () => json({ city: 'Zürich' }),
    content: '{"city":"Zürich"}',
    headers: { 'content-type': 'application/json' },
  },
]) {
  counting(`a text that is ${name} is given as a text, and a type alone as a record`, async () => {
    const answer = await ask(response)
    assert.equal(given, [{ content, headers }])
    assert.is(await answer.text(), content)
    toResponse(response())
    assert.equal(given[1], { content, headers })
  })
}

counting('several fields are given line by line', async () => {
  await ask(() =>
    text('tea', {
      headers: [
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ],
    }),
  )
  const cookies = [
    ['set-cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ]
  assert.equal(given[0]?.headers, [...cookies, ['content-type', 'text/plain; charset=utf-8']])
})

counting('a lone surrogate is sent as U+FFFD, as by every other host', async () => {
  assert.is(await (await ask(() => text('a\ud800'))).text(), 'a\ufffd')
})

counting('HEAD tells the length of a text that is not ASCII', async () => {
  const answer = await ask(() => text('thé'), { method: 'HEAD' })
  assert.is(answer.headers.get('content-length'), '4')
})

counting('a wrong content-length is refused', async () => {
  const answer = await ask(() => text('thé', { headers: { 'content-length': '3' } }))
  assert.is(answer.status, 500)
})

/** A body that is no value: 3 bytes, and later the end. */
const pulled = (byteLength: number | undefined) => {
  const counts = { closes: 0 }
  const ends = () =>
    turn()
      .then(() => turn())
      .then(() => undefined)
  const frames: (() => Data | Promise<undefined>)[] = [() => data(new Uint8Array(3)), ends]
  const start = () => ({ pull: () => frames.shift()?.(), close: () => void counts.closes++ })
  return { body: fromPull<Data>(start, byteLength), counts }
}

counting('a stream has its length in the head, and is checked against it', async () => {
  const answer = await ask(() => stream(pulled(3).body))
  assert.is(answer.headers.get('content-length'), '3')
  assert.is((await answer.arrayBuffer()).byteLength, 3)
  assert.is((await ask(() => stream(pulled(undefined).body))).headers.get('content-length'), null)
})

for (const { name, send } of [
  { name: 'toFetch', send: async (response: HttpResponse) => (await ask(() => response)).status },
  {
    name: 'toResponse',
    send: async (response: HttpResponse) => {
      try {
        return toResponse(response).status
      } catch {
        return 500
      }
    },
  },
])
  counting(`${name}: a body with an invalid length is refused, and closed once`, async () => {
    const { body, counts } = pulled(-1)
    assert.is(await send({ status: 200, headers: fields(), body }), 500)
    assert.is(counts.closes, 1)
  })

counting('a body without content is given as none to an answer that has none', async () => {
  await ask(() => ({ status: 204, headers: fields(), body: toBody(null) }))
  assert.is(given[0]?.content, null)
})

counting.run()
