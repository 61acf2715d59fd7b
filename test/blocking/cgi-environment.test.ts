// What a CGI program is told: the meta-variables of RFC 3875 4.1, and nothing else.
import { cgi } from '@sluice/blocking/cgi'
import { readJson } from '@sluice/body'
import { request as made } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { node } from '../support/blocking/cgi-programs.ts'
import { rejects } from '../support/rejects.ts'
import { request, serving } from '../support/server/serving.ts'
import type { CgiOptions } from '@sluice/blocking/cgi'
import type { HttpRequest } from '@sluice/stack'

const program = node(
  `process.stdin.resume().on('end', () => console.log('Content-Type: application/json\\n\\n' + JSON.stringify(process.env)))`,
)

const toldOf = async (
  asked: HttpRequest,
  options?: CgiOptions,
): Promise<Record<string, string | undefined>> => {
  const told: Record<string, string> = {}
  const found = await readJson((await cgi(program, options)(asked)).body)
  // Set by the shell or the system, whatever they are given.
  const own = ['__CF_USER_TEXT_ENCODING']
  if (typeof found !== 'object' || found === null) throw new Error('no object')
  for (const [name, value] of Object.entries(found))
    if (!own.includes(name)) told[name] = String(value)
  return told
}

const least = {
  GATEWAY_INTERFACE: 'CGI/1.1',
  PATH_INFO: '/',
  QUERY_STRING: '',
  REMOTE_ADDR: '192.0.2.1',
  REMOTE_PORT: '49152',
  REQUEST_METHOD: 'GET',
  REQUEST_URI: '/',
  SCRIPT_NAME: '',
  SERVER_NAME: 'localhost',
  SERVER_PORT: '80',
  SERVER_PROTOCOL: 'HTTP/1.1',
  SERVER_SOFTWARE: 'sluice',
}

const environment = suite('cgi: environment')

environment(
  'a request with nothing: the meta-variables, and no variable of the server',
  async () => {
    assert.equal(await toldOf(made()), least)
  },
)

environment('all of a request', async () => {
  const headers = [
    ['host', 'a.example:8080'],
    ['content-type', 'text/plain; charset=utf-8'],
    ['content-length', '5'],
    ['accept', 'text/html'],
    ['Accept', 'text/plain'],
    ['cookie', 'a=1'],
    ['cookie', 'b=2'],
    ['x-2-b', ''],
  ] as const
  const asked = made('/cgi/shop/a%20b?q=1&r=%20', { method: 'POST', headers, body: 'hello' })
  assert.equal(
    await toldOf(asked, { scriptName: '/cgi/shop', env: { TZ: 'UTC', NO: undefined } }),
    {
      ...least,
      CONTENT_LENGTH: '5',
      CONTENT_TYPE: 'text/plain; charset=utf-8',
      HTTP_ACCEPT: 'text/html, text/plain',
      HTTP_COOKIE: 'a=1; b=2',
      HTTP_HOST: 'a.example:8080',
      HTTP_X_2_B: '',
      PATH_INFO: '/a b',
      QUERY_STRING: 'q=1&r=%20',
      REQUEST_METHOD: 'POST',
      REQUEST_URI: '/cgi/shop/a%20b?q=1&r=%20',
      SCRIPT_NAME: '/cgi/shop',
      SERVER_NAME: 'a.example',
      SERVER_PORT: '8080',
      TZ: 'UTC',
    },
  )
})

environment('the other versions, TLS, and a variable that is named twice', async () => {
  const asked = made()
  const tls = {
    protocol: 'TLSv1.3',
    serverName: 'a',
    peerCertificate: undefined,
    authorized: false,
  }
  const client = { ...asked.client, tls }
  const told = await toldOf({ ...asked, version: '2', client }, { env: { SERVER_NAME: 'b' } })
  const wanted = { HTTPS: 'on', SERVER_PORT: '443', SERVER_PROTOCOL: 'HTTP/2.0', SERVER_NAME: 'b' }
  assert.equal(told, { ...least, ...wanted })
})

environment('fields that must not become variables are left out', async () => {
  const headers = {
    proxy: 'http://evil.example/',
    x_real: 'of the client',
    'x-real': 'of the proxy',
    authorization: 'Basic eA==',
    'proxy-authorization': 'Basic eA==',
    connection: 'x-hop, keep-alive',
    'x-hop': '1',
    'keep-alive': 'timeout=5',
    'transfer-encoding': 'chunked',
    te: 'trailers',
    upgrade: 'h2c',
    trailer: 'x',
    'x.%$y': '1',
    expect: '100-continue',
  }
  assert.equal(await toldOf(made('/', { headers })), {
    ...least,
    CONTENT_LENGTH: '0',
    HTTP_X_REAL: 'of the proxy',
  })
  const told = await toldOf(made('/', { headers }), { passAuthorization: true })
  assert.is(told.HTTP_AUTHORIZATION, 'Basic eA==')
})

environment('bytes that are UTF-8 arrive as they came', async () => {
  const bytes = Buffer.from('é€').toString('latin1')
  const told = await toldOf(made(`/%C3%A9?${bytes}`, { headers: { 'x-a': bytes, 'x-b': '\xe9' } }))
  assert.is(told.PATH_INFO, '/é')
  assert.is(told.QUERY_STRING, 'é€')
  assert.is(told.HTTP_X_A, 'é€')
  assert.is(told.HTTP_X_B, 'é')
})

environment('no shell: characters that mean something to one arrive unchanged', async () => {
  const path = `/;$(id)&\`id\`|'"<>*?x=;$(id)&\\`
  const told = await toldOf(made(path))
  assert.is(told.PATH_INFO, `/;$(id)&\`id\`|'"<>*`)
  assert.is(told.QUERY_STRING, 'x=;$(id)&\\')
})

const hosts: readonly { host: string; wanted: readonly [name: string, port: string] }[] = [
  { host: 'a.example:8080', wanted: ['a.example', '8080'] },
  { host: 'A_b-c.example.', wanted: ['a_b-c.example.', '80'] },
  { host: '192.0.2.7:65535', wanted: ['192.0.2.7', '65535'] },
  { host: '[2001:db8::1]:81', wanted: ['[2001:db8::1]', '81'] },
  { host: 'a.example:0', wanted: ['a.example', '80'] },
  { host: 'a.example:', wanted: ['a.example', '80'] },
  { host: "a;b$(id)&'c", wanted: ['localhost', '80'] },
  { host: 'a.example*:81', wanted: ['localhost', '81'] },
]

for (const { host, wanted } of hosts)
  environment(`the Host ${host} is the server ${wanted.join(' ')}`, async () => {
    const told = await toldOf(made('/', { headers: { host } }))
    assert.equal([told.SERVER_NAME, told.SERVER_PORT, told.HTTP_HOST], [...wanted, host])
  })

environment('an invalid encoding of the path is named in the message', async () => {
  const error = await rejects(() => cgi('/no/such/program')(made('/%zz')), 'TARGET_INVALID')
  assert.match(error.message, 'a % without two hexadecimal digits')
})

const paths: readonly { target: string; wanted: string }[] = [
  { target: '/cgi', wanted: '' },
  { target: '/cgi?x', wanted: '' },
  { target: '/cgi/', wanted: '/' },
  { target: '/cgi//a/.b/c..', wanted: '//a/.b/c..' },
  { target: '/cgi/a%2Fb', wanted: '/a/b' },
  { target: 'http://a.example/cgi/x?y', wanted: '/x' },
]

for (const { target, wanted } of paths)
  environment(`${target} has the PATH_INFO "${wanted}"`, async () => {
    assert.is((await toldOf(made(target), { scriptName: '/cgi' })).PATH_INFO, wanted)
  })

const refused: readonly { target: string; code: string }[] = [
  { target: '/', code: 'NOT_FOUND' },
  { target: '/cgix', code: 'NOT_FOUND' },
  { target: '/%63gi/x', code: 'NOT_FOUND' },
  { target: '//cgi/x', code: 'NOT_FOUND' },
  { target: '*', code: 'NOT_FOUND' },
  { target: '/cgi/a%00b', code: 'TARGET_INVALID' },
  { target: '/cgi/%', code: 'TARGET_INVALID' },
  { target: '/cgi/%FF', code: 'TARGET_INVALID' },
  { target: '/cgi/../x', code: 'TARGET_INVALID' },
  { target: '/cgi/.', code: 'TARGET_INVALID' },
  { target: '/cgi/a%2F%2e%2e%2Fb', code: 'TARGET_INVALID' },
  { target: 'ftp://a/cgi/x', code: 'TARGET_INVALID' },
]

for (const { target, code } of refused)
  environment(`${target} is refused: ${code}`, async () => {
    await rejects(() => cgi('/no/such/program', { scriptName: '/cgi' })(made(target)), code)
  })

environment(
  'content that is refused by its path is not read',
  serving(async (start) => {
    const site = await start(cgi(program, { scriptName: '/cgi' }))
    const client = await site.connect()
    client.send(request('POST', '/other', 'content-length: 5', 'expect: 100-continue'))
    assert.match(await client.takeTo('\r\n\r\n'), /^HTTP\/1.1 404 /)
  }),
)

environment.run()
