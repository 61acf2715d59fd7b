import { closeBody, collect, readText, toBody } from '@sluice/body'
import { fromRequest } from '@sluice/fetch'
import { requestUrl } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rejects } from '../support/rejects.ts'

const posted = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
  new Request('http://a.example/', { method: 'POST', body, headers, duplex: 'half' })

const streamOf = (...chunks: readonly unknown[]) => {
  const seen = { cancels: 0, pulls: 0 }
  const left = [...chunks]
  const body = new ReadableStream(
    {
      pull(controller) {
        seen.pulls++
        if (left.length === 0) controller.close()
        else controller.enqueue(left.shift())
      },
      cancel() {
        seen.cancels++
      },
    },
    { highWaterMark: 0 },
  )
  return { body, seen }
}

const heads = suite('fromRequest: the head')

const targets = [
  { url: 'http://a.example', target: '/' },
  { url: 'http://a.example/tea?sugar=2&b', target: '/tea?sugar=2&b' },
  { url: 'http://a.example//tea', target: '//tea' },
  { url: 'http://a.example//evil.example/x', target: '//evil.example/x' },
  { url: 'https://user@a.example:8443/%2e%20?a=/b//c', target: '/%2e%20?a=/b//c' },
  { url: 'http://a.example/a#fragment', target: '/a' },
  { url: 'http://a.example?a=1', target: '/?a=1' },
]
for (const { url, target } of targets) {
  heads(`the target of ${url} is ${target}`, () => {
    assert.is(fromRequest(new Request(url.replace('user@', ''))).target, target)
  })
}

heads('without a Host the URL of Bun is a path, which is the target', () => {
  const bare = Object.create(new Request('http://a.example/'), {
    url: { value: '/tea?x' },
    method: { value: 'GET' },
    headers: { value: new Headers() },
  })
  const { target, headers } = fromRequest(bare)
  assert.equal([target, headers.get('host'), headers.size], ['/tea?x', undefined, 0])
})

heads('the host is that of the URL, if no field says it', () => {
  const { headers } = fromRequest(new Request('http://a.example:81/'))
  assert.is(headers.get('Host'), 'a.example:81')
  assert.ok(headers.has('host'))
  const given = new Request('http://a.example/', { headers: { host: 'b.example' } })
  assert.is(fromRequest(given).headers.get('host'), 'b.example')
})

heads('fields are looked up, listed and changed as ours', () => {
  const init = { headers: { Accept: 'text/html', cookie: 'a=1; b=2', 'x-a': 'é' } }
  const { headers } = fromRequest(new Request('http://a.example/', init))
  assert.equal([headers.get('ACCEPT'), headers.get('x-none')], ['text/html', undefined])
  assert.equal(headers.getAll('cookie'), ['a=1; b=2'])
  assert.equal([...headers.with('accept', 'b').withAdded('c', 'd').without('cookie')].sort(), [
    ['accept', 'b'],
    ['c', 'd'],
    ['host', 'a.example'],
    ['x-a', 'é'],
  ])
  assert.equal(JSON.parse(JSON.stringify(headers)).length, headers.size)
})

heads('a field that HTTP does not allow is a 400 when all are read', async () => {
  const init = { headers: { 'x-a': '\u0001' } }
  const { headers } = fromRequest(new Request('http://a.example/', init))
  await rejects(() => headers.size, 'BAD_REQUEST')
})

heads('its URL has the scheme of the request', () => {
  assert.is(requestUrl(fromRequest(new Request('https://a.example/x'))).href, 'https://a.example/x')
  assert.is(requestUrl(fromRequest(new Request('http://a.example//x'))).href, 'http://a.example//x')
})

heads('the method and a version of 1.1', () => {
  const { method, version } = fromRequest(new Request('http://a.example/', { method: 'PURGE' }))
  assert.equal([method, version], ['PURGE', '1.1'])
})

heads.run()

const contexts = suite('fromRequest: what hosts tell')

const request = new Request('http://a.example/')
const peer = { address: '192.0.2.7', port: 7 }
const incoming = {
  httpVersion: '1.0',
  socket: { remoteAddress: peer.address, remotePort: peer.port },
}
const bun = {
  requestIP: (asked: Request) => (asked === request ? { ...peer, family: 'IPv4' } : null),
}
const shapes = [
  {
    name: 'Deno',
    context: { remoteAddr: { hostname: peer.address, port: peer.port } },
    wanted: peer,
  },
  { name: 'Bun', context: bun, wanted: peer },
  { name: 'Hono on Bun', context: { server: bun }, wanted: peer },
  { name: 'Hono on Node', context: { incoming, outgoing: {} }, wanted: peer },
  { name: 'no host', context: undefined, wanted: { address: '', port: 0 } },
  {
    name: 'a Unix socket of Deno',
    context: { remoteAddr: { path: '/a' } },
    wanted: { address: '', port: 0 },
  },
]
for (const { name, context, wanted } of shapes) {
  contexts(`the address and port by the context of ${name}`, () => {
    const { address, port } = fromRequest(request, context).client
    assert.equal({ address, port }, wanted)
  })
}

contexts('srvx has the address on the request, and in Node its own request', () => {
  const withIp = Object.assign(new Request('http://a.example/'), { ip: peer.address })
  assert.is(fromRequest(withIp).client.address, peer.address)
  const onNode = Object.assign(new Request('http://a.example/'), {
    ip: peer.address,
    runtime: { node: { req: incoming } },
  })
  const { client, version } = fromRequest(onNode)
  assert.equal([client.port, version], [peer.port, '1.0'])
})

contexts('fromFetch has the version on its own request', () => {
  for (const version of ['1.0', '2', '3'] as const)
    assert.is(fromRequest(request, { request: { version } }).version, version)
})

contexts('workerd has the version and that of TLS on the request', () => {
  const cf = { httpProtocol: 'HTTP/3', tlsVersion: 'TLSv1.3' }
  const { client, version } = fromRequest(Object.assign(new Request('https://a.example/'), { cf }))
  assert.equal([version, client.tls?.protocol], ['3', 'TLSv1.3'])
  assert.is(fromRequest(request).client.tls, undefined)
})

contexts.run()

const bodies = suite('fromRequest: the body')

bodies('a request without content has the length 0', async () => {
  for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
    const { body } = fromRequest(new Request('http://a.example/', { method }))
    assert.is(body.byteLength, 0)
    assert.is(await readText(body), '')
  }
})

bodies('its length is that of the field, and unknown without', () => {
  assert.is(fromRequest(posted('hello', { 'content-length': '5' })).body.byteLength, 5)
  assert.is(fromRequest(posted('hello')).body.byteLength, undefined)
})

bodies('chunks are data frames, without empty ones', async () => {
  const { body, seen } = streamOf(Uint8Array.of(97), new Uint8Array(), Uint8Array.of(98))
  const ours = fromRequest(posted(body)).body
  assert.is(seen.pulls, 0)
  const kinds: string[] = []
  for await (const frame of ours) kinds.push(frame.kind)
  assert.equal(kinds, ['data', 'data'])
})

bodies('stopping early cancels the stream once', async () => {
  const { body, seen } = streamOf(Uint8Array.of(97), Uint8Array.of(98))
  for await (const frame of fromRequest(posted(body)).body) {
    assert.is(frame.kind, 'data')
    break
  }
  assert.is(seen.cancels, 1)
})

bodies('a body that is closed unread is left to the host', async () => {
  const { body, seen } = streamOf(Uint8Array.of(97))
  const given = posted(body)
  await closeBody(fromRequest(given).body)
  assert.equal([seen.cancels, seen.pulls, given.bodyUsed], [0, 0, false])
})

bodies('a request that was read before is refused, with what may have read it', async () => {
  const given = posted('hello')
  await given.text()
  const error = await rejects(() => collect(fromRequest(given).body), 'BODY_USED')
  assert.match(error.message, 'request.json()')
})

bodies('a chunk that is not bytes is refused, and the stream cancelled', async () => {
  const given = new Request('http://a.example/', { method: 'POST' })
  const { body, seen } = streamOf('text')
  Object.defineProperty(given, 'body', { value: body })
  await rejects(() => readText(fromRequest(given).body), 'BODY_INVALID')
  assert.is(seen.cancels, 1)
})

bodies('in Deno an error of the content says that the client has left', async () => {
  const failing = () =>
    fromRequest(
      posted(
        new ReadableStream({
          pull: (controller) =>
            controller.error(Object.assign(new Error('unexpected EOF'), { name: 'Http' })),
        }),
      ),
    )
  assert.is((await rejects(() => readText(failing().body), Error)).code, undefined)
  Reflect.set(globalThis, 'Deno', {})
  try {
    const { body, client } = failing()
    await rejects(() => readText(body), 'READER_GONE')
    assert.is(client.signal.aborted, true)
  } finally {
    Reflect.deleteProperty(globalThis, 'Deno')
  }
})

bodies('a second reading is refused', async () => {
  const { body } = fromRequest(posted('hello'))
  assert.is(await readText(toBody(body)), 'hello')
  await rejects(() => readText(body), 'BODY_USED')
})

bodies.run()
