// What a blocking function returns or writes, and what becomes of it. What happens if it fails: failures.test.ts.
import { blocking, workerPool } from '@sluice/blocking'
import { collect, isData, readText } from '@sluice/body'
import { request } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { idle } from '../support/blocking/idle.ts'
import { program } from '../support/blocking/program.ts'
import { rejects } from '../support/rejects.ts'
import { serving } from '../support/server/serving.ts'
import { within } from '../support/within.ts'

const pool = workerPool({ threads: 1 })
const functionOf = (exportName: string) => blocking(program('functions'), { pool, exportName })

const responses = suite('a blocking function responds')

const rows = [
  {
    name: 'with a string, as text/plain',
    export: 'default',
    target: '/a?b',
    wanted: [200, 'text/plain; charset=utf-8', 'GET /a?b\n'],
  },
  {
    name: 'with json() of @sluice/stack',
    export: 'answers',
    target: '/json',
    wanted: [203, 'application/json', '{"ü":1}'],
  },
  {
    name: 'with bytes',
    export: 'answers',
    target: '/bytes',
    wanted: [200, undefined, '\u0001\u0002\u0003'],
  },
  { name: 'with a head alone', export: 'answers', target: '/head', wanted: [204, undefined, ''] },
  {
    name: 'with an array of strings, flushes, bytes and frames',
    export: 'answers',
    target: '/pieces',
    wanted: [200, undefined, 'abc'],
  },
]

for (const { name, export: exportName, target, wanted } of rows)
  responses(name, async () => {
    const { status, headers, body } = await functionOf(exportName)(request(target))
    assert.equal([status, headers.get('content-type'), await readText(body)], wanted)
  })

responses('with a length if all content is there, and without one if it is not', async () => {
  const whole = await functionOf('default')(request('/x'))
  const pieces = await functionOf('answers')(request('/pieces'))
  assert.is(whole.body.byteLength, 7)
  assert.is(pieces.body.byteLength, undefined)
  await Promise.all([collect(whole.body), collect(pieces.body)])
})

responses('by writing: flushes stand where they were, trailers are last', async () => {
  const { status, headers, body } = await functionOf('written')(request('/'))
  const seen: string[] = []
  for await (const frame of body)
    seen.push(isData(frame) ? Buffer.from(frame.bytes).toString() : frame.kind)
  assert.equal([status, headers.get('x-own')], [202, '1'])
  assert.equal(seen, ['one', 'flush', 'two', 'flush', 'trailers'])
})

responses('to content that it reads in the same order', async () => {
  const chunks = async function* () {
    yield 'first l'
    yield 'ine\r\nsecond\n\nthi'
    yield 'rd'
  }
  const { body } = await functionOf('upper')(request('/', { method: 'POST', body: chunks() }))
  assert.is(await readText(body), 'FIRST LINE\nSECOND\n\nTHIRD\n')
})

responses('to bytes that are a Uint8Array: a slice of them is a copy', async () => {
  const given = request('/', { method: 'POST', body: 'abcdef' })
  assert.is(await readText((await functionOf('copies')(given)).body), 'ab|cd|ef')
})

responses('with frames whose bytes are a Uint8Array too', async () => {
  for await (const frame of (await functionOf('default')(request('/x'))).body) {
    if (!isData(frame)) continue
    const copy = frame.bytes.slice()
    frame.bytes.fill(46)
    assert.is(Buffer.from(copy).toString(), 'GET /x\n')
  }
})

responses('with the values that its caller gives', async () => {
  const work = blocking<{ user: string; since: Date }>(program('functions'), {
    pool,
    exportName: 'values',
  })
  const { body } = await work(request('/'), { user: 'ann', since: new Date(0) })
  assert.is(await readText(body), '{"user":"ann","since":"1970-01-01T00:00:00.000Z"}')
  await idle(pool)
})

responses(
  'through a server, with content of 1 MiB in both directions',
  serving(async (start) => {
    const content = Buffer.alloc(1_048_576, 'sluice ')
    // A pool of its own: nothing of it is left behind.
    await using work = blocking(program('functions'), { threads: 1, exportName: 'echo' })
    const { server } = await start(work)
    const response = await fetch(server.url, { method: 'POST', body: content })
    const found = Buffer.from(await response.arrayBuffer())
    assert.is(response.status, 201)
    assert.ok(found.equals(content))
  }),
)

responses('and what it posts by parentPort is refused: that port is of the pool', async () => {
  await rejects(() => functionOf('posts')(request('/')), 'WOULD_WAIT')
  assert.is((await functionOf('answers')(request('/head'))).status, 204)
})

responses('and a piece behind trailers is an error, not an end', async () => {
  const { body } = await functionOf('behindTrailers')(request('/'))
  await rejects(() => collect(body), 'WORKER_RESULT_INVALID')
})

const refusals = [
  { target: '/nothing', code: 'WORKER_RESULT_INVALID', message: /returned nothing/ },
  { target: '/number', code: 'WORKER_RESULT_INVALID', message: /found a number/ },
  { target: '/promise', code: 'WOULD_WAIT', message: /found a promise/ },
  { target: '/waits', code: 'WOULD_WAIT', message: /found a body that waits/ },
  { target: '/generator', code: 'WOULD_WAIT', message: /found a body that waits/ },
  { target: '/piece', code: 'WOULD_WAIT', message: /found a promise/ },
  { target: '/body', code: 'WOULD_WAIT', message: /found a promise/ },
  { target: '/no-iterator', code: 'WORKER_RESULT_INVALID', message: /found \[object Object\]/ },
  { target: '/pause', code: 'WOULD_WAIT', message: /found a pause frame/ },
]

for (const { target, code, message } of refusals)
  responses(`and ${target} is refused with ${code}`, async () => {
    const error = await rejects(async () => {
      const { body } = await functionOf('answers')(request(target))
      await collect(body)
    }, code)
    assert.match(error.message, message)
    // The thread goes on.
    assert.is((await functionOf('answers')(request('/head'))).status, 204)
  })

for (const target of ['/generator', '/waits'])
  responses(`and ${target} is refused before the head: the response is a 500`, async () => {
    await rejects(() => functionOf('answers')(request(target)), 'WOULD_WAIT')
  })

responses('and its threads end', () => within(10_000, pool.close()))

responses.run()
