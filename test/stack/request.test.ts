// Requests without a server, and the URL of a request.
import { fields, readText, toBody } from '@sluice/body'
import { request, requestUrl, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { throwsAtOnce } from '../support/rejects.ts'
import type { Client, ClientTls, Handler } from '@sluice/stack'

const makes = suite('request')

makes('without options it is a GET of / without fields and content', async () => {
  const { method, target, version, headers, body } = request()
  assert.equal([method, target, version, headers.size], ['GET', '/', '1.1', 0])
  assert.is(body.byteLength, 0)
  assert.is(await readText(body), '')
})

makes('has the parts that it is given', async () => {
  const made = request('/tea?sugar=2', {
    method: 'POST',
    headers: { 'Content-Type': 'text/plain' },
    body: 'Assam',
    version: '2',
  })
  assert.equal([made.method, made.target, made.version], ['POST', '/tea?sugar=2', '2'])
  assert.equal([...made.headers], [['content-type', 'text/plain']])
  assert.is(made.body.byteLength, 5)
  assert.is(await readText(made.body), 'Assam')
})

makes('its body may come in pieces, and with trailers', async () => {
  const made = request('/', {
    body: (async function* () {
      yield 'one '
      yield new Uint8Array([116, 119, 111])
      yield { kind: 'trailers', fields: fields({ sum: '2' }) } as const
    })(),
  })
  assert.is(made.body.byteLength, undefined)
  assert.is(await readText(made.body), 'one two')
})

makes('a body is passed on as it is', () => {
  const body = toBody('Assam')
  assert.is(request('/', { body }).body, body)
})

makes('its client stays, and informing it does nothing', () => {
  const { client } = request()
  assert.not(client.signal.aborted)
  assert.not(client.draining.aborted)
  assert.is(client.tls, undefined)
  assert.is(client.inform(103, fields({ link: '</a>' })), undefined)
  assert.is.not(client.signal, request().client.signal)
})

makes('a client that is given is the client', () => {
  const { client } = request()
  const other: Client = { ...client, port: 1 }
  assert.is(request('/', { client: other }).client, other)
})

makes('a field that is invalid is refused at the call', () => {
  throwsAtOnce(() => request('/', { headers: { 'a b': '' } }), TypeError)
})

makes('a handler takes it', async () => {
  const app: Handler = ({ method, target }) => text(`${method} ${target}`)
  assert.is(await readText((await app(request('/a'))).body), 'GET /a')
})

makes.run()

const urls = suite('requestUrl')

const tls: ClientTls = {
  protocol: 'TLSv1.3',
  serverName: undefined,
  peerCertificate: undefined,
  authorized: false,
}

interface Row {
  readonly name: string
  readonly target: string
  readonly method?: string
  readonly host?: string
  readonly secure?: boolean
  readonly href: string
}

const rows: readonly Row[] = [
  { name: 'a path and a query', target: '/a/b?c=d', href: 'http://a.example/a/b?c=d' },
  { name: 'the root', target: '/', href: 'http://a.example/' },
  { name: 'a query without a value', target: '/?', href: 'http://a.example/?' },
  {
    name: 'a path of two slashes is a path',
    target: '//evil.example/x',
    href: 'http://a.example//evil.example/x',
  },
  {
    name: 'a path of three slashes',
    target: '///evil.example',
    href: 'http://a.example///evil.example',
  },
  {
    name: 'a backslash names no host',
    target: '/\\evil.example',
    href: 'http://a.example//evil.example',
  },
  {
    name: 'an @ in a path names no host',
    target: '/@evil.example',
    href: 'http://a.example/@evil.example',
  },
  {
    name: 'dots that lead above the root',
    target: '/..//evil.example',
    href: 'http://a.example//evil.example',
  },
  {
    name: 'a URL in the query',
    target: '/?to=http://evil.example/',
    href: 'http://a.example/?to=http://evil.example/',
  },
  {
    name: 'a path that looks like a URL',
    target: '/http://evil.example/',
    href: 'http://a.example/http://evil.example/',
  },
  {
    name: 'a Host with a port',
    target: '/',
    host: 'a.example:8080',
    href: 'http://a.example:8080/',
  },
  { name: 'a Host with an empty port', target: '/', host: 'a.example:', href: 'http://a.example/' },
  { name: 'a Host in IPv6', target: '/', host: '[::1]:8080', href: 'http://[::1]:8080/' },
  { name: 'an empty Host', target: '/a', host: '', href: 'http://localhost/a' },
  { name: 'a client over TLS', target: '/a', secure: true, href: 'https://a.example/a' },
  {
    name: 'the whole URL wins over Host',
    target: 'http://b.example:81/a?b',
    href: 'http://b.example:81/a?b',
  },
  { name: 'a whole URL keeps its scheme', target: 'HTTPS://b.example', href: 'https://b.example/' },
  {
    name: 'a whole URL with a query alone',
    target: 'http://b.example?a',
    href: 'http://b.example/?a',
  },
  {
    name: 'an @ in the path of a whole URL',
    target: 'http://b.example/@c',
    href: 'http://b.example/@c',
  },
  {
    name: 'a CONNECT',
    method: 'CONNECT',
    target: 'b.example:8443',
    href: 'http://b.example:8443/',
  },
  {
    name: 'a CONNECT over TLS',
    method: 'CONNECT',
    target: 'b.example:8443',
    secure: true,
    href: 'https://b.example:8443/',
  },
  { name: 'the server itself', method: 'OPTIONS', target: '*', href: 'http://a.example/' },
  { name: 'what is encoded stays so', target: '/a%2Fb%20c', href: 'http://a.example/a%2Fb%20c' },
  {
    name: 'UTF-8, one character for each byte',
    target: '/caf\u00c3\u00a9',
    href: 'http://a.example/caf%C3%A9',
  },
  { name: 'bytes that are not UTF-8', target: '/caf\u00e9', href: 'http://a.example/caf%E9' },
]

for (const { name, target, method = 'GET', host = 'a.example', secure = false, href } of rows)
  urls(`${name}: ${JSON.stringify(target)} of ${JSON.stringify(host)} is ${href}`, () => {
    const made = request(target, { method, headers: { host } })
    const client = secure ? { ...made.client, tls } : made.client
    assert.is(requestUrl({ ...made, client }).href, href)
  })

urls('without a Host the host is localhost', () => {
  assert.is(requestUrl(request('/a')).href, 'http://localhost/a')
  assert.is(requestUrl(request('//evil.example/a')).host, 'localhost')
})

for (const [target, method] of [
  ['', 'GET'],
  ['a', 'GET'],
  ['?a', 'GET'],
  ['@evil.example', 'GET'],
  [':80@evil.example', 'GET'],
  ['.evil.example', 'GET'],
  ['/a#b', 'GET'],
  ['/a b', 'GET'],
  ['/\n/evil.example', 'GET'],
  ['\t//evil.example', 'GET'],
  ['ftp://a.example/', 'GET'],
  ['http:evil.example', 'GET'],
  ['http:///evil.example', 'GET'],
  ['http:\\\\evil.example', 'GET'],
  ['http://user@evil.example/', 'GET'],
  ['http://a.example\\@evil.example/', 'GET'],
  ['http://a.example:99999/', 'GET'],
  ['http://[::1/', 'GET'],
  ['javascript:alert(1)', 'GET'],
  ['/', 'CONNECT'],
  ['http://a.example/', 'CONNECT'],
  ['user@a.example:80', 'CONNECT'],
  ['a.example:99999', 'CONNECT'],
] as const)
  urls(`${method} ${JSON.stringify(target)} is TARGET_INVALID, a 400`, () => {
    const made = request(target, { method, headers: { host: 'a.example' } })
    assert.is(throwsAtOnce(() => requestUrl(made), 'TARGET_INVALID').status, 400)
  })

for (const host of [
  'a.example/evil',
  'user@a.example',
  'a.example?',
  'a.example#',
  'a.example\\evil',
  'a b',
  'a.example, b.example',
  'a%2fb',
  'a%40b',
  '[::1',
  'a.example:99999',
  'a.example:80:80',
])
  urls(`the Host ${JSON.stringify(host)} is HOST_INVALID, a 400`, () => {
    const made = request('/', { headers: { host } })
    assert.is(throwsAtOnce(() => requestUrl(made), 'HOST_INVALID').status, 400)
  })

urls.run()
