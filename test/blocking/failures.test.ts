// What a function throws: what its client sees, and what onError gets. Functions that end their thread: deaths.test.ts.
import { blocking, workerPool } from '@sluice/blocking'
import { BodyError, fields } from '@sluice/body'
import { request as blank } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { notesOf, sharedNotes } from '../support/blocking/notes.ts'
import { program } from '../support/blocking/program.ts'
import { codeOf } from '../support/code-of.ts'
import { readHead } from '../support/server/read-response.ts'
import { get, post, request, serving } from '../support/server/serving.ts'
import { deferred, within } from '../support/within.ts'
import type { HttpRequest } from '@sluice/stack'

const pool = workerPool({ threads: 1 })
const functionOf = (exportName: string) => blocking(program('failing'), { pool, exportName })

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : `${error}`)

const causesOf = (error: unknown): readonly string[] =>
  error === undefined
    ? []
    : [messageOf(error), ...(error instanceof Error ? causesOf(error.cause) : [])]

const stackOf = (error: unknown): string => (error instanceof Error ? `${error.stack}` : '')

/** The head of a request whose content of one byte is sent later. */
const waiting = (target: string): string => request('POST', target, 'content-length: 1')

const errors = suite('what a blocking function throws')

const before = [
  { name: 'an error is a 500', target: '/error', status: 500, told: /^cannot read the table$/ },
  { name: 'an HttpError has its status', target: '/http', status: 418, told: /^Cannot brew/ },
  { name: 'an HttpError may hide', target: '/hidden', status: 418, told: /^secret$/ },
  { name: 'an error with a status', target: '/exposed', status: 409, told: /^shown$/ },
  { name: 'a status that is none', target: '/odd-status', status: 500, told: /^odd$/ },
  { name: 'a text', target: '/text', status: 500, told: /^just text$/ },
  { name: 'undefined', target: '/nothing', status: 500, told: /^undefined$/ },
  { name: 'getters that throw', target: '/getters', status: 500, told: /cannot be read/ },
  { name: 'a cause that throws', target: '/cause-getter', status: 500, told: /^its cause cannot/ },
  { name: 'a proxy', target: '/proxy', status: 500, told: /^behind a proxy$/ },
  { name: 'circular causes', target: '/circular', status: 500, told: /^first$/ },
  { name: 'a chain of 20 causes', target: '/chain', status: 500, told: /^level 20$/ },
  { name: 'a message of 1 MB', target: '/large', status: 500, told: /^m+ … m+$/ },
  { name: 'more than a ring', target: '/large-escaped', status: 500, told: /^\W+ …/ },
  { name: 'fields of 600 KB', target: '/large-fields', status: 500, told: /^many fields$/ },
]

for (const { name, target, status, told } of before)
  errors(
    `before the head: ${name}`,
    serving(async (start) => {
      const site = await start(functionOf('throws'))
      const response = await site.ask(get(target))
      assert.is(response.status, status)
      assert.is(site.told.length, 1)
      assert.match(messageOf(site.told[0]), told)
      assert.is(pool.running, 0)
    }),
  )

errors(
  'keeps its stack and its causes',
  serving(async (start) => {
    const site = await start(functionOf('throws'))
    await site.ask(get('/error'))
    assert.match(stackOf(site.told[0]), /failing\.mjs:\d+:\d+/)
    assert.equal(causesOf(site.told[0]), ['cannot read the table', 'no such file'])
    await site.ask(get('/chain'))
    assert.is(causesOf(site.told[1]).length, 9)
    await site.ask(get('/large'))
    assert.match(stackOf(site.told[2]), /failing\.mjs:\d+:\d+/)
  }),
)

errors(
  'is answered with its fields, and with its message if that may be shown',
  serving(async (start) => {
    const site = await start(functionOf('throws'))
    const shown = await site.ask(get('/http'))
    const hidden = await site.ask(get('/hidden'))
    assert.is(shown.fields.get('retry-after'), '7')
    assert.match(shown.content, /found no tea/)
    assert.not.match(hidden.content, /secret/)
    assert.match((await site.ask(get('/exposed'))).content, /shown/)
  }),
)

for (const exportName of ['afterHead', 'inIterable'])
  errors(
    `after the head: the chunks have no end, by ${exportName}`,
    serving(async (start) => {
      const site = await start(functionOf(exportName))
      const client = await site.connect()
      client.send(waiting('/'))
      assert.is((await readHead(client)).status, 200)
      assert.is(await client.takeTo('abc\r\n'), '3\r\nabc\r\n')
      client.send('!')
      assert.is((await client.takeRest()).toString(), '')
      assert.equal(site.told.map(messageOf), ['in the middle'])
      assert.match(stackOf(site.told[0]), /failing\.mjs:\d+:\d+/)
    }),
  )

errors(
  'after the head: the content is shorter than its length',
  serving(async (start) => {
    const site = await start(functionOf('afterHead'))
    const client = await site.connect()
    client.send(waiting('/length'))
    assert.is((await readHead(client)).fields.get('content-length'), '10')
    await client.takeTo('abc')
    client.send('!')
    assert.is((await client.takeRest()).toString(), '')
    assert.equal(site.told.map(messageOf), ['in the middle'])
  }),
)

errors(
  'after finish(): the response is whole, and the process is warned',
  serving(async (start) => {
    const site = await start(functionOf('afterFinish'))
    const warned = deferred<Error>()
    process.once('warning', warned.resolve)
    assert.is((await site.ask(get())).content, 'abc')
    const warning = await within(5000, warned.promise)
    assert.is(warning.name, 'BlockingWarning')
    assert.match(warning.message, /too late/)
    assert.equal(site.told, [])
  }),
)

errors.run()

const contents = suite('an error of the content of a request')

const badChunks = request('POST', '/', 'transfer-encoding: chunked')

contents(
  'is read by the function in its place, and is the own error of the loop if it throws that on',
  serving(async (start) => {
    const notes = sharedNotes()
    const work = blocking<object>(program('failing'), { pool, exportName: 'reads' })
    const own = new BodyError('BODY_INVALID', 'Cannot read: found nonsense')
    const site = await start((given: HttpRequest) => {
      const body = (async function* () {
        yield { kind: 'data' as const, bytes: new Uint8Array(3) }
        throw own
      })()
      return work({ ...given, body }, { notes })
    })
    const { status } = await site.ask(get())
    assert.is(status, own.status)
    assert.is(site.told[0] ?? own, own)
    assert.equal(notesOf(notes), ['began', 'BODY_INVALID'])
  }),
)

const rows = [
  { name: 'a chunk-size that is none', content: '3\r\nabc\r\nx\r\n', wanted: [400] },
  { name: 'an end that comes early', content: '3\r\nab', wanted: [] },
]

for (const { name, content, wanted } of rows)
  contents(
    `has a code: ${name}`,
    serving(async (start) => {
      const notes = sharedNotes()
      const work = blocking<object>(program('failing'), { pool, exportName: 'reads' })
      const site = await start((given: HttpRequest) => work(given, { notes }))
      const client = await site.connect()
      client.send(badChunks + content)
      // One that leaves earlier is not run.
      await site.until(() => notesOf(notes).length > 0, 'the function')
      if (wanted.length === 0) client.halfClose()
      const answer = await client.takeRest()
      if (wanted[0] !== undefined)
        assert.match(answer.toString(), new RegExp(`^HTTP/1.1 ${wanted[0]}`))
      await site.until(() => pool.running === 0, 'the end of the function')
      assert.is(notesOf(notes).length, 2)
      assert.match(notesOf(notes)[1] ?? '', /^[A-Z_]+$/)
    }),
  )

contents(
  'is also one of the function itself: a body that is too large is a 413',
  serving(async (start) => {
    const notes = sharedNotes()
    const work = blocking<object>(program('failing'), { pool, exportName: 'readsUpTo' })
    const site = await start((given: HttpRequest) => work(given, { notes, maxBytes: 5 }))
    assert.is((await site.ask(post('/', '12345'))).content, '12345')
    assert.is((await site.ask(post('/', '123456'))).status, 413)
    assert.equal(notesOf(notes), ['BODY_TOO_LARGE'])
  }),
)

contents.run()

const records = suite('what is larger than a ring')

records('a head with 9,000 fields crosses, and trailers too', async () => {
  const { headers, body } = await functionOf('large')(blank('/9000'))
  let trailers = 0
  for await (const frame of body) if (frame.kind === 'trailers') trailers = frame.fields.size
  assert.equal([headers.size, trailers], [9000, 9000])
})

records(
  'a larger head is refused, and so are larger trailers, by a truncation',
  serving(async (start) => {
    const site = await start((given: HttpRequest) =>
      given.target === '/trailers'
        ? functionOf('largeTrailers')(given)
        : functionOf('large')(given),
    )
    assert.is((await site.ask(get('/60000'))).status, 500)
    const client = await site.connect()
    client.send(waiting('/trailers'))
    await client.takeTo('3\r\nabc\r\n')
    client.send('!')
    assert.is((await client.takeRest()).toString(), '')
    assert.equal(site.told.map(codeOf), ['WORKER_RESULT_INVALID', 'WORKER_RESULT_INVALID'])
  }),
)

records('trailers of a request are refused if they are larger', async () => {
  const notes = sharedNotes()
  const work = blocking<object>(program('failing'), { pool, exportName: 'reads' })
  const list: [string, string][] = Array.from({ length: 900 }, (_, i) => [
    `x-${i}`,
    'v'.repeat(1000),
  ])
  const failed = await work(blank('/', { body: [{ kind: 'trailers', fields: fields(list) }] }), {
    notes,
  }).catch(codeOf)
  assert.equal([failed, notesOf(notes)], ['BODY_TOO_LARGE', ['began', 'BODY_TOO_LARGE']])
})

records('and its threads end', () => within(10_000, pool.close()))

records.run()
