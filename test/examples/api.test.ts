// The example of an API: what each of its files does, seen by a client, and what the log says when a request is over.
import { request as requestOf } from '@sluice/stack'
import { pino } from 'pino'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { itemsInMemory } from '../../examples/api/items.ts'
import { codeOf } from '../support/code-of.ts'
import { compiledExample } from '../support/repository/compiled-example.ts'
import { hasProgram } from '../support/repository/running-program.ts'
import { runProcess } from '../support/runner/run-process.mjs'
import { readChunk, readContent, readHead, readResponse } from '../support/server/read-response.ts'
import { get, post, request, serving } from '../support/server/serving.ts'
import { deferred } from '../support/within.ts'
import type { Handler } from '@sluice/stack'
import type { Item, Items } from '../../examples/api/items.ts'
import type { WireResponse } from '../support/server/read-response.ts'

const example: typeof import('../../examples/api/app.ts') = await import(
  await compiledExample('api')
)

const ours = 'http://page.example'

/** An API, and the lines of its log. */
const made = (items: Items = itemsInMemory(1000, 0)): { app: Handler; lines: Line[] } => {
  const lines: Line[] = []
  const log = pino({ base: null }, { write: (line) => lines.push(JSON.parse(line)) })
  return { app: example.api({ items, log, origins: [ours], secret: 'a' }), lines }
}

interface Line {
  readonly msg: string
  readonly method: string
  readonly path: string
  readonly status?: number
  readonly bytes: number
  readonly ms: number
  readonly end: string
  readonly err?: { readonly message: string }
}

/** Without the time that it took. */
const shortly = ({ method, path, status, bytes, end }: Line) => ({
  method,
  path,
  status,
  bytes,
  end,
})

const asJson = 'content-type: application/json'
const tea = '{"name":"Assam","grams":100}'

/** A problem has the status of its response (RFC 9457 3.1.2). */
const checkProblem = ({ status, fields, content, head }: WireResponse): void => {
  assert.is(fields.get('content-type'), 'application/problem+json')
  assert.is(JSON.parse(content).status, status)
  assert.is(head.split('\r\n')[0], `HTTP/1.1 ${status} ${JSON.parse(content).title}`)
  assert.match(content, /\}\n$/)
}

const routing = suite('examples: api, the routes')

for (const { method = 'GET', target, status, allow, wanted } of [
  { target: '/api', status: 200, wanted: '{"items":"/api/items"}\n' },
  { target: '/api/items/1', status: 200, wanted: '{"id":1,"name":"Assam","grams":100}\n' },
  { target: '/api/items/1/?a=b', status: 200, wanted: '{"id":1,"name":"Assam","grams":100}\n' },
  { target: 'http://a.example/api/items/1', status: 200 },
  { method: 'HEAD', target: '/api/items/1', status: 200, wanted: '' },
  { method: 'HEAD', target: '/api/items', status: 200, wanted: '' },
  { method: 'HEAD', target: '/api/items/99', status: 404, wanted: '' },
  { target: '/api/items/99', status: 404 },
  { target: '/api/items/x', status: 404 },
  { target: '/api/itemsx', status: 404 },
  { target: '/', status: 404 },
  { method: 'PUT', target: '/api/items', status: 405, allow: 'GET, POST, HEAD, OPTIONS' },
  { method: 'POST', target: '/api/items/1', status: 405, allow: 'GET, DELETE, HEAD, OPTIONS' },
  { method: 'constructor', target: '/api', status: 405, allow: 'GET, HEAD, OPTIONS' },
  { method: 'OPTIONS', target: '/api/items', status: 204, allow: 'GET, POST, HEAD, OPTIONS' },
  { method: 'OPTIONS', target: '/api/items/99', status: 204, allow: 'GET, DELETE, HEAD, OPTIONS' },
  { method: 'OPTIONS', target: '/api/nothing', status: 404 },
])
  routing(
    `${method} ${target} is answered with ${status}`,
    serving(async (start) => {
      const site = await start(made().app)
      const answer = await site.ask(request(method, target))
      assert.is(answer.status, status)
      assert.is(answer.fields.get('allow'), allow)
      if (wanted !== undefined) assert.is(answer.content, wanted)
      if (status >= 400 && method !== 'HEAD') checkProblem(answer)
      assert.equal(site.told, [])
    }),
  )

routing(
  'HEAD has the fields of GET',
  serving(async (start) => {
    const site = await start(made().app)
    const [head, whole] = [
      await site.ask(request('HEAD', '/api/items/1')),
      await site.ask(get('/api/items/1')),
    ]
    for (const name of ['content-type', 'content-length', 'vary'])
      assert.is(head.fields.get(name), whole.fields.get(name))
  }),
)

routing.run()

const inputs = suite('examples: api, the input')

const item = (name: unknown, grams: unknown, more = {}): string =>
  JSON.stringify({ name, grams, ...more })
const tooMuch = item('a', 1, { filler: ' '.repeat(16_384) })

for (const { name, content = tea, type = asJson, status, issues } of [
  { name: 'the least', content: item('a', 1), status: 201 },
  { name: 'the most', content: item('a'.repeat(100), 10_000), status: 201 },
  {
    name: 'a type with a parameter',
    type: 'content-type: Application/JSON ; charset=utf-8',
    status: 201,
  },
  {
    name: 'a name of 101 characters',
    content: item('a'.repeat(101), 1),
    status: 422,
    issues: ['name'],
  },
  { name: 'a name of blanks', content: item('  ', 1), status: 422, issues: ['name'] },
  { name: 'grams of 0', content: item('a', 0), status: 422, issues: ['grams'] },
  { name: 'grams of 10,001', content: item('a', 10_001), status: 422, issues: ['grams'] },
  { name: 'half a gram', content: item('a', 0.5), status: 422, issues: ['grams'] },
  { name: 'two faults', content: item('', 'many'), status: 422, issues: ['name', 'grams'] },
  { name: 'a field too many', content: item('a', 1, { owner: 'b' }), status: 422, issues: [''] },
  { name: 'no object', content: '[]', status: 422, issues: [''] },
  { name: 'half of JSON', content: '{"name":', status: 400 },
  { name: 'more than 16 KiB', content: tooMuch, status: 413 },
  { name: 'the type that a form can send', type: 'content-type: text/plain', status: 415 },
  { name: 'another type', type: 'content-type: application/jsonx', status: 415 },
  { name: 'no type', type: 'x-type: application/json', status: 415 },
])
  inputs(
    `an item with ${name} is answered with ${status}`,
    serving(async (start) => {
      const answer = await (await start(made().app)).ask(post('/api/items', content, type))
      assert.is(answer.status, status)
      if (status === 201) {
        assert.is(answer.fields.get('location'), '/api/items/7')
        assert.equal(JSON.parse(answer.content), { id: 7, ...JSON.parse(content) })
        return
      }
      checkProblem(answer)
      const found: readonly { path: string[]; message: string }[] | undefined = JSON.parse(
        answer.content,
      ).issues
      assert.equal(
        found?.map(({ path }) => path.join('.')),
        issues,
      )
    }),
  )

for (const { query, status, count } of [
  { query: '', status: 200, count: 6 },
  { query: '?limit=1', status: 200, count: 1 },
  { query: '?limit=1000', status: 200, count: 6 },
  { query: '?limit=0', status: 422 },
  { query: '?limit=1001', status: 422 },
  { query: '?limit=many', status: 422 },
])
  inputs(
    `a list${query} is answered with ${status}`,
    serving(async (start) => {
      const answer = await (await start(made().app)).ask(get(`/api/items${query}`))
      assert.is(answer.status, status)
      if (count === undefined) return checkProblem(answer)
      assert.is(answer.fields.get('content-type'), 'application/x-ndjson')
      const items = answer.content
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      assert.equal(
        items.map(({ id }) => id),
        [1, 2, 3, 4, 5, 6].slice(0, count),
      )
    }),
  )

for (const { coding, status } of [
  { coding: 'identity', status: 201 },
  { coding: 'gzip', status: 415 },
  { coding: 'identity, br', status: 415 },
])
  inputs(
    `content in the coding ${coding} is answered with ${status}`,
    serving(async (start) => {
      const site = await start(made().app)
      const answer = await site.ask(post('/api/items', tea, asJson, `content-encoding: ${coding}`))
      assert.is(answer.status, status)
      if (status === 201) return
      checkProblem(answer)
      assert.is(answer.fields.get('accept-encoding'), 'identity')
    }),
  )

inputs(
  'one item more than the most is refused, until another is deleted',
  serving(async (start) => {
    const site = await start(made(itemsInMemory(7, 0)).app)
    const first = await site.ask(post('/api/items', tea, asJson))
    const cookie = `cookie: ${first.fields.get('set-cookie')?.split(';')[0]}`
    const refused = await site.ask(post('/api/items', tea, asJson))
    assert.is(refused.status, 507)
    assert.is(JSON.parse(refused.content).detail, 'Cannot add the item: found 7, the most')
    assert.is((await site.ask(request('DELETE', '/api/items/7', cookie))).status, 204)
    assert.is((await site.ask(post('/api/items', tea, asJson))).status, 201)
  }),
)

inputs.run()

const sessions = suite('examples: api, the session')

sessions(
  'a client gets a cookie once, and deletes only its own items',
  serving(async (start) => {
    const site = await start(made().app)
    const added = await site.ask(post('/api/items', tea, asJson))
    const set = added.fields.get('set-cookie') ?? ''
    assert.match(set, /^session=[\da-f-]{36}\.[\w-]{43}; Path=\/api; HttpOnly; SameSite=Lax$/)
    assert.is(added.fields.get('cache-control'), 'no-store')
    const cookie = `cookie: a=b; ${set.split(';')[0]}`
    assert.is((await site.ask(get('/api', cookie))).fields.has('set-cookie'), false)
    assert.is((await site.ask(request('DELETE', '/api/items/7'))).status, 403)
    assert.is((await site.ask(request('DELETE', '/api/items/7', cookie))).status, 204)
    assert.is((await site.ask(request('DELETE', '/api/items/7', cookie))).status, 404)
  }),
)

const invented = '6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b'
for (const cookie of [
  'session=',
  'session=nobody',
  'session=%ff',
  'session=.',
  'other=1',
  ';=;',
  `session=${invented}`,
  `session=${invented}.${'a'.repeat(43)}`,
  `session=${invented}.${'\u00e9'.repeat(43)}`,
])
  sessions(
    `the cookie ${cookie} is no session: the client gets a new one`,
    serving(async (start) => {
      const { fields } = await (await start(made().app)).ask(get('/api', `cookie: ${cookie}`))
      assert.match(fields.get('set-cookie') ?? '', /^session=[\da-f-]{36}\.[\w-]{43};/)
    }),
  )

sessions('a session that was signed with another secret is none', async () => {
  const app = (secret: string) =>
    example.api({ items: itemsInMemory(), log: pino({ level: 'silent' }), origins: [], secret })
  const { headers } = await app('b')(requestOf('/api'))
  const cookie = (headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const again = async (secret: string) => {
    const answer = await app(secret)(requestOf('/api', { headers: { cookie } }))
    return answer.headers.has('set-cookie')
  }
  assert.equal([await again('b'), await again('a')], [false, true])
})

sessions('over TLS the cookie is for TLS only', async () => {
  const tls = {
    protocol: 'TLSv1.3',
    serverName: undefined,
    peerCertificate: undefined,
    authorized: false,
  }
  const plain = requestOf('/api')
  const { app } = made()
  const ask = (headers = plain.headers) =>
    app({ ...plain, headers, client: { ...plain.client, tls } })
  const cookie = (await ask()).headers.get('set-cookie') ?? ''
  assert.match(cookie, /^__Host-session=[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
  const again = await ask(plain.headers.with('cookie', cookie.split(';')[0] ?? ''))
  assert.is(again.headers.has('set-cookie'), false)
  // One that another host of the domain can have planted.
  const planted = await ask(plain.headers.with('cookie', cookie.replace('__Host-', '')))
  assert.match(planted.headers.get('set-cookie') ?? '', /^__Host-session=/)
})

sessions.run()

const origins = suite('examples: api, other origins')

/** Whose `get` fails as a database does. */
const failing = (): Items => ({
  ...itemsInMemory(),
  get: () => Promise.reject(new Error('the password is wrong: secret')),
})

for (const { name, send, status, items } of [
  { name: 'a list', send: (line: string) => get('/api/items', line), status: 200 },
  {
    name: 'a path that is not there',
    send: (line: string) => get('/api/nothing', line),
    status: 404,
  },
  { name: 'a wrong method', send: (line: string) => request('PUT', '/api', line), status: 405 },
  { name: 'a wrong type', send: (line: string) => post('/api/items', tea, line), status: 415 },
  {
    name: 'wrong input',
    send: (line: string) => post('/api/items', '{}', asJson, line),
    status: 422,
  },
  {
    name: 'too much',
    send: (line: string) => post('/api/items', tooMuch, asJson, line),
    status: 413,
  },
  {
    name: 'a fault here',
    send: (line: string) => get('/api/items/1', line),
    status: 500,
    items: failing(),
  },
])
  origins(
    `${name}: ${status}, which a script of an allowed origin can read, and no other`,
    serving(async (start) => {
      const site = await start(made(items).app)
      const allowed = await site.ask(send(`origin: ${ours}`))
      assert.is(allowed.status, status)
      assert.is(allowed.fields.get('access-control-allow-origin'), ours)
      assert.is(allowed.fields.get('access-control-allow-credentials'), 'true')
      for (const origin of ['http://evil.example', `${ours}.evil.example`, 'null', '']) {
        const refused = await site.ask(send(`origin: ${origin}`))
        assert.is(refused.status, status)
        assert.is(refused.fields.has('access-control-allow-origin'), false)
      }
      const same = await site.ask(send('x-origin: none'))
      assert.is(same.fields.has('access-control-allow-origin'), false)
      assert.is(same.fields.get('vary'), 'origin')
    }),
  )

for (const { target, origin, allowed } of [
  { target: '/api/items', origin: ours, allowed: true },
  { target: '/api/nothing', origin: ours, allowed: true },
  { target: '/api/items', origin: 'http://evil.example', allowed: false },
])
  origins(
    `a preflight to ${target} from ${origin} is answered`,
    serving(async (start) => {
      const lines = [`origin: ${origin}`, 'access-control-request-method: DELETE']
      const answer = await (await start(made().app)).ask(request('OPTIONS', target, ...lines))
      assert.is(answer.status, 204)
      assert.is(answer.fields.get('vary'), 'origin')
      assert.is(answer.fields.get('access-control-allow-origin'), allowed ? ours : undefined)
      const methods = answer.fields.get('access-control-allow-methods')?.split(', ') ?? []
      assert.is(methods.includes('DELETE'), allowed)
      const fields = answer.fields.get('access-control-allow-headers')
      assert.is(fields, allowed ? 'content-type' : undefined)
    }),
  )

origins.run()

const logging = suite('examples: api, the log')

/** A list whose items are read when the test says so; `undefined` is its end. */
const dictated = (count: number) => {
  const steps = Array.from({ length: count }, () => deferred<Item | undefined>())
  const state = { begun: 0, ended: 0 }
  async function* all(_limit: number, signal: AbortSignal): AsyncGenerator<Item> {
    state.begun++
    const left = deferred<undefined>()
    signal.addEventListener('abort', () => left.reject(signal.reason), { once: true })
    left.promise.catch(() => {})
    try {
      for (const step of steps) {
        const found = await Promise.race([step.promise, left.promise])
        if (found === undefined) return
        yield found
      }
    } finally {
      state.ended++
    }
  }
  const give = (step: number, id?: number) =>
    steps[step]?.resolve(id === undefined ? undefined : { id, name: 'a', grams: 1, owner: 'b' })
  return { ...made({ ...itemsInMemory(), all }), steps, state, give }
}

const lineOf = (id: number): string => `{"id":${id},"name":"a","grams":1}\n`

logging(
  'each item arrives before the next is read, and the line is written after the last byte',
  serving(async (start) => {
    const { app, lines, give } = dictated(3)
    const site = await start(app)
    const client = await site.connect()
    client.send(get('/api/items?limit=5'))
    give(0, 1)
    const head = await readHead(client)
    assert.is(await readChunk(client), lineOf(1))
    give(1, 2)
    assert.is(await readChunk(client), lineOf(2))
    assert.equal(lines, [])
    give(2)
    assert.is((await readContent(client, head)).content, '')
    const bytes = lineOf(1).length + lineOf(2).length
    const wanted = { method: 'GET', path: '/api/items', status: 200, bytes, end: 'sent' }
    await site.until(() => lines.length > 0, 'the line')
    assert.equal(lines.map(shortly), [wanted])
    assert.ok(Number.isInteger(lines[0]?.ms))
  }),
)

logging(
  'a client that leaves in the middle ends the reading: the line counts what was sent',
  serving(async (start) => {
    const { app, lines, give, state } = dictated(2)
    const site = await start(app)
    const client = await site.connect()
    client.send(get('/api/items'))
    give(0, 1)
    await readHead(client)
    await readChunk(client)
    client.destroy()
    await site.until(() => state.ended === 1 && lines.length > 0, 'the end of the reading')
    const bytes = lineOf(1).length
    const wanted = { method: 'GET', path: '/api/items', status: 200, bytes, end: 'left' }
    assert.equal(lines.map(shortly), [wanted])
    assert.equal(site.told, [])
  }),
)

logging(
  'a client that leaves before there is a response has a line without a status',
  serving(async (start) => {
    const found = deferred<undefined>()
    const asked = deferred()
    const get1 = () => {
      asked.resolve()
      return found.promise
    }
    const { app, lines } = made({ ...itemsInMemory(), get: get1 })
    const site = await start(app)
    const client = await site.connect()
    client.send(get('/api/items/1'))
    await asked.promise
    client.destroy()
    await site.until(() => lines.length > 0, 'the line')
    found.resolve(undefined)
    await site.round()
    const wanted = { method: 'GET', path: '/api/items/1', status: undefined, bytes: 0, end: 'left' }
    assert.equal(lines.map(shortly), [wanted])
  }),
)

logging(
  'an error in the middle cuts the response, and the line says so',
  serving(async (start) => {
    const { app, lines, give, steps } = dictated(2)
    const site = await start(app)
    const client = await site.connect()
    client.send(get('/api/items'))
    give(0, 1)
    await readHead(client)
    await readChunk(client)
    const error = new Error('the database is secret')
    steps[1]?.reject(error)
    assert.is((await client.takeRest()).toString(), '')
    assert.equal(site.told, [error])
    const bytes = lineOf(1).length
    const wanted = { method: 'GET', path: '/api/items', status: 200, bytes, end: 'failed' }
    assert.equal(lines.map(shortly), [wanted])
  }),
)

logging(
  'requests of one connection have a line each: errors, and bodies that are never read, too',
  serving(async (start) => {
    const { app, lines, state } = dictated(1)
    const site = await start(app)
    const client = await site.connect()
    const wanted: ReturnType<typeof shortly>[] = []
    for (const [method, path, status] of [
      ['GET', '/api/items/1', 200],
      ['HEAD', '/api/items/1', 200],
      ['HEAD', '/api/items', 200],
      ['OPTIONS', '/api', 204],
      ['GET', '/api/nothing', 404],
      ['PUT', '/api', 405],
    ] as const) {
      client.send(request(method, path))
      const answer = await readResponse(client, method)
      assert.is(answer.status, status)
      wanted.push({ method, path, status, bytes: answer.content.length, end: 'sent' })
    }
    await site.until(() => lines.length >= wanted.length, 'the lines')
    assert.equal(lines.map(shortly), wanted)
    assert.is(state.begun, 0)
  }),
)

logging(
  'a fault is a 500 that tells the client nothing, and the log everything',
  serving(async (start) => {
    const { app, lines } = made(failing())
    const site = await start(app)
    const answer = await site.ask(get('/api/items/1'))
    checkProblem(answer)
    assert.not.match(answer.content, 'secret')
    assert.is(lines[0]?.err?.message, 'the password is wrong: secret')
    assert.equal(
      lines.map(({ msg }) => msg),
      ['failed', 'request'],
    )
    assert.equal(site.told.map(codeOf), [])
  }),
)

logging.run()

const showing = suite('examples: api, its command lines')
const withCurl = hasProgram('curl') ? showing : showing.skip

withCurl(
  `each shows what it says${hasProgram('curl') ? '' : ' (skipped: there is no curl here)'}`,
  serving(async (start) => {
    const { server } = await start(made().app)
    const wanted = [
      /^(\{"id":\d,"name":"\w+","grams":100\}\n){6}$/,
      /^HTTP\/1.1 201 [\s\S]*location: \/api\/items\/7\r\n[\s\S]*\{"id":7,/,
      /^HTTP\/1.1 422 [\s\S]*"issues":\[\{"path":\["name"\]/,
      /^HTTP\/1.1 405 [\s\S]*allow: GET, POST, HEAD, OPTIONS\r\n/,
      /^\{"id":1,"name":"Assam","grams":100\}\n$/,
    ]
    for (const [index, line] of example.about.curl(`${server.url}/api`).entries()) {
      const { code, output } = await runProcess('sh', ['-c', line.replace('curl ', 'curl -sS ')])
      assert.is(code, 0, line)
      assert.match(output, wanted[index] ?? /$./)
    }
  }),
)

showing.run()
