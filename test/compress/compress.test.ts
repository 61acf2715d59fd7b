import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { readBytes } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { compress, gzip, hasZstd, isCompressible } from '@sluice/compress'
import { answerError, empty, html, output, stack, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codings } from '../support/bodies/codings.ts'
import { watched } from '../support/bodies/sources.ts'
import { untyped } from '../support/bodies/untyped.ts'
import { noHandles, zlibHandles } from '../support/bodies/zlib-handles.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { requestOf } from '../support/server/request.ts'
import type { FieldsInit } from '@sluice/body'
import type { CompressOptions } from '@sluice/compress'
import type { Handler, HttpResponse } from '@sluice/stack'

const long = 'a page of some length. '.repeat(100)
const browser = 'gzip, deflate, br, zstd'

const through = async (
  response: HttpResponse,
  accept: string | null = 'gzip',
  options: CompressOptions = {},
  method = 'GET',
): Promise<HttpResponse> => {
  const app: Handler = stack(compress(options))(() => response)
  return app(requestOf({ method, headers: { 'accept-encoding': accept ?? undefined } }))
}

const codingOf = ({ headers }: HttpResponse) => headers.get('content-encoding')

const negotiation = suite('compress: the coding')

// RFC 9110 12.5.3. Whoever names no coding gets none; of equal ones the first of br, gzip and deflate.
for (const { accept, wanted } of [
  { accept: null, wanted: undefined },
  { accept: '', wanted: undefined },
  { accept: ' ', wanted: undefined },
  { accept: 'gzip', wanted: 'gzip' },
  { accept: 'GZip', wanted: 'gzip' },
  { accept: 'x-gzip', wanted: 'gzip' },
  { accept: 'deflate', wanted: 'deflate' },
  { accept: 'gzip, deflate, br', wanted: 'br' },
  { accept: 'gzip,deflate,br', wanted: 'br' },
  { accept: 'gzip;q=1.0, br;q=0.5', wanted: 'gzip' },
  { accept: 'gzip ; q=0.2 , br;q=0.1', wanted: 'gzip' },
  { accept: 'gzip;Q=0.2, br;q=0.1', wanted: 'gzip' },
  { accept: 'gzip;q=0', wanted: undefined },
  { accept: 'gzip;q=0.000', wanted: undefined },
  { accept: 'gzip;q=0.001', wanted: 'gzip' },
  { accept: 'gzip;q=0, deflate', wanted: 'deflate' },
  { accept: '*', wanted: 'br' },
  { accept: '*;q=0.1', wanted: 'br' },
  { accept: 'br;q=0, *', wanted: 'gzip' },
  { accept: 'br;q=0.1, *;q=0.5', wanted: 'gzip' },
  { accept: 'gzip, *;q=0', wanted: 'gzip' },
  { accept: 'identity', wanted: undefined },
  { accept: 'identity, gzip;q=0.5', wanted: undefined },
  { accept: 'identity;q=0.5, gzip', wanted: 'gzip' },
  { accept: 'identity;q=0.5, gzip;q=0.5', wanted: 'gzip' },
  { accept: 'identity;q=0, gzip;q=0.1', wanted: 'gzip' },
  { accept: 'compress, sdch', wanted: undefined },
  { accept: 'compress, gzip;q=0.1', wanted: 'gzip' },
  { accept: 'gzip;q=1.5', wanted: undefined },
  { accept: 'gzip;q=0.1234', wanted: undefined },
  { accept: 'gzip;q=abc, deflate', wanted: 'deflate' },
  { accept: 'gzip;level=9, deflate', wanted: 'deflate' },
  { accept: ', ,gzip,, ', wanted: 'gzip' },
  { accept: '\tgzip\t;\tq=0.5\t', wanted: 'gzip' },
  { accept: 'gzip\u00a0, \u00a0deflate, gzip;q=1\u00a0', wanted: undefined },
])
  negotiation(`accept-encoding ${JSON.stringify(accept)}: ${wanted ?? 'none'}`, async () => {
    const response = await through(html(long), accept, { codings: ['br', 'gzip', 'deflate'] })
    assert.is(codingOf(response), wanted)
    assert.is(response.headers.get('vary'), 'accept-encoding')
  })

negotiation('several fields are one list', async () => {
  const headers = [
    ['accept-encoding', 'br;q=0.1'],
    ['accept-encoding', 'gzip'],
  ] as const
  const app: Handler = stack(compress())(() => html(long))
  assert.is(codingOf(await app(requestOf({ headers }))), 'gzip')
})

negotiation('codings says what there is, and in which order', async () => {
  assert.is(codingOf(await through(html(long), browser, { codings: ['gzip', 'br'] })), 'gzip')
  assert.is(codingOf(await through(html(long), 'br', { codings: ['gzip'] })), undefined)
})

negotiation('zstd comes first where Node has it', async () => {
  assert.is(codingOf(await through(html(long), browser)), hasZstd ? 'zstd' : 'br')
})

for (const accept of ['identity;q=0', '*;q=0', 'gzip;q=0, br;q=0, *;q=0', 'compress, *;q=0'])
  negotiation(
    `${accept} leaves nothing to answer with: 406, before the handler is asked`,
    async () => {
      const app: Handler = stack(compress())(() => {
        throw new Error('it was asked')
      })
      const error = await rejects(
        async () => app(requestOf({ headers: { 'accept-encoding': accept } })),
        'NOT_ACCEPTABLE',
      )
      assert.is(answerError(error).headers.get('vary'), 'accept-encoding')
    },
  )

for (const { name, response } of [
  { name: 'a small response', response: text('a') },
  { name: 'an image', response: stream(long, { headers: { 'content-type': 'image/png' } }) },
])
  negotiation(`where identity is refused, ${name} is coded too`, async () => {
    assert.is(codingOf(await through(response, 'gzip, identity;q=0')), 'gzip')
  })

negotiation('server-sent events get gzip, which rests, from those who take it', async () => {
  const events = (type: string) => stream('data: 1\n\n', { headers: { 'content-type': type } })
  const options = { minBytes: 0 }
  for (const type of ['text/event-stream', 'Text/Event-Stream; charset=utf-8'])
    assert.is(codingOf(await through(events(type), browser, options)), 'gzip')
  assert.is(codingOf(await through(events('text/event-stream'), 'br', options)), 'br')
  assert.is(codingOf(await through(events('text/event-stream'), 'br, gzip;q=0.5', options)), 'br')
})

negotiation('pauses says which responses get what rests', async () => {
  const pauses = ({ headers }: HttpResponse) => headers.has('x-slow')
  const slow = html(long, { headers: { 'x-slow': '1' } })
  assert.is(codingOf(await through(slow, 'br, gzip', { pauses })), 'gzip')
  assert.is(codingOf(await through(html(long), 'br, gzip', { pauses })), 'br')
})

negotiation.run()

const untouched = suite('compress: left as it is')

const asItIs = async (given: HttpResponse, options?: CompressOptions) => {
  const response = await through(given, browser, options)
  assert.ok(response === given, 'it was changed')
}
const typed = (type: string | undefined, headers: FieldsInit = {}) =>
  stream(long, { headers: { ...headers, ...(type !== undefined && { 'content-type': type }) } })

for (const { name, response } of [
  { name: '204', response: empty() },
  { name: '205', response: empty({ status: 205 }) },
  {
    name: '304 of a type that does not become smaller',
    response: empty({ status: 304, headers: { etag: '"a"', 'content-type': 'image/png' } }),
  },
  {
    name: '304 of content that is coded already',
    response: empty({ status: 304, headers: { etag: '"a"', 'content-encoding': 'br' } }),
  },
  {
    name: '304 of content under minBytes',
    response: html('', { status: 304, headers: { etag: '"a"', 'content-length': '1023' } }),
  },
  { name: '101', response: html(long, { status: 101 }) },
  {
    name: 'a content-range',
    response: html(long, { headers: { 'content-range': 'bytes 0-1/9' } }),
  },
  { name: 'br already', response: html(long, { headers: { 'content-encoding': 'br' } }) },
  { name: 'identity, said', response: html(long, { headers: { 'content-encoding': 'identity' } }) },
  { name: 'no-transform', response: html(long, { headers: { 'cache-control': 'no-transform' } }) },
  {
    name: 'no-transform among others',
    response: html(long, { headers: { 'cache-control': 'public, No-Transform, max-age=1' } }),
  },
  { name: 'a png', response: typed('image/png') },
  { name: 'a PNG with a parameter', response: typed('IMAGE/PNG; q=1') },
  { name: 'a zip', response: typed('application/zip') },
  { name: 'an unknown type', response: typed('application/x-unheard-of') },
  { name: 'a known length under minBytes', response: html('a'.repeat(1023)) },
  {
    name: 'a length under minBytes, said by a field',
    response: html(long, { headers: { 'content-length': '1023' } }),
  },
])
  untouched(name, () => asItIs(response))

untouched('no content-type', async () => {
  const given = html(long)
  await asItIs({ ...given, headers: given.headers.without('content-type') })
})

untouched('what isCompressible says', () => asItIs(html(long), { isCompressible: () => false }))

untouched('minBytes at and over: coded', async () => {
  assert.is(codingOf(await through(html('a'.repeat(1024)))), 'gzip')
  assert.is(codingOf(await through(html('aaaa'), 'gzip', { minBytes: 4 })), 'gzip')
  assert.is(codingOf(await through(html('aaa'), 'gzip', { minBytes: 4 })), undefined)
})

untouched('an unknown length is coded, however small', async () => {
  const given = stream(
    (async function* () {
      yield 'a'
    })(),
    { headers: { 'content-type': 'text/html' } },
  )
  const response = await through(given)
  assert.is(codingOf(response), 'gzip')
  assert.is(gunzipSync(await readBytes(response.body)).toString(), 'a')
})

untouched(
  'isCompressible goes by mime-db, and by the name of the type where that says nothing',
  () => {
    for (const type of [
      'text/html',
      'text/event-stream',
      'application/json',
      'application/wasm',
      'application/x-ndjson',
      'application/unheard-of+json',
      'image/svg+xml',
      'TEXT/HTML; charset=utf-8',
    ])
      assert.ok(isCompressible(type), type)
    for (const type of [
      'image/png',
      'video/mp4',
      'application/zip',
      'application/x-unheard-of',
      '',
      undefined,
    ])
      assert.not(isCompressible(type), type)
  },
)

untouched.run()

const heads = suite('compress: the head')

for (const { vary, wanted } of [
  { vary: undefined, wanted: 'accept-encoding' },
  { vary: '', wanted: 'accept-encoding' },
  { vary: ' , ', wanted: 'accept-encoding' },
  { vary: 'cookie', wanted: 'cookie, accept-encoding' },
  { vary: 'Accept-Encoding', wanted: 'Accept-Encoding' },
  { vary: 'cookie, ACCEPT-ENCODING', wanted: 'cookie, ACCEPT-ENCODING' },
  { vary: '*', wanted: '*' },
])
  heads(`vary ${vary} becomes ${wanted}`, async () => {
    const response = await through(html(long, { headers: { vary } }))
    assert.is(response.headers.get('vary'), wanted)
    assert.is(response.headers.getAll('vary').length, 1)
  })

heads('two vary fields are one list', async () => {
  const given = html(long, {
    headers: [
      ['vary', 'cookie'],
      ['vary', 'origin'],
    ],
  })
  assert.is((await through(given)).headers.get('vary'), 'cookie, origin, accept-encoding')
})

heads('a strong etag becomes weak, and a weak one stays', async () => {
  for (const etag of ['"a"', 'W/"a"']) {
    const response = await through(html(long, { headers: { etag } }))
    assert.is(response.headers.get('etag'), 'W/"a"')
  }
})

heads('what speaks of the bytes is dropped', async () => {
  const headers = {
    'content-length': String(long.length),
    'accept-ranges': 'bytes',
    'content-md5': 'x',
    'repr-digest': 'sha-256=:x:',
    'last-modified': 'Thu, 01 Jan 1970 00:00:00 GMT',
  }
  const response = await through(html(long, { status: 201, headers }))
  const names = [...response.headers].map(([name]) => name).sort()
  assert.equal(names, ['content-encoding', 'content-type', 'last-modified', 'vary'])
  assert.is(response.body.byteLength, undefined)
  assert.is(response.status, 201)
})

heads('whom no coding suits gets the vary, and the rest as it is', async () => {
  const given = html(long, { headers: { etag: '"a"', 'content-length': String(long.length) } })
  const response = await through(given, 'compress')
  assert.is(response.headers.get('etag'), '"a"')
  assert.is(response.headers.get('content-length'), String(long.length))
  assert.is(response.headers.get('vary'), 'accept-encoding')
  assert.ok(response.body === given.body)
})

heads('HEAD has the head of GET, and nothing is compressed for it', async () => {
  const make = () => html(long, { headers: { etag: '"a"' } })
  const get = await through(make(), browser)
  const head = await through(make(), browser, {}, 'HEAD')
  assert.equal([...head.headers], [...get.headers])
  await pullFrom(head.body).close()
  assert.equal(await zlibHandles(), noHandles)
})

heads('a HEAD that is answered with an empty body and a length has the head of GET', async () => {
  const length = String(long.length)
  const head = html('', { headers: { 'content-length': length } })
  const response = await through(head, 'gzip', {}, 'HEAD')
  assert.is(codingOf(response), 'gzip')
  assert.not(response.headers.has('content-length'))
})

heads.run()

const bodies = suite('compress: the body')

for (const { coding, decode } of codings)
  bodies(`${coding} can be read`, async () => {
    const response = await through(html(long), coding)
    assert.is(codingOf(response), coding)
    assert.is(Buffer.from(decode(await readBytes(response.body))).toString(), long)
  })

bodies('options of the codings reach them', async () => {
  const small = await through(html(long), 'gzip', { gzip: { level: 9 } })
  const size = (await readBytes(small.body)).length
  const fast = await through(html(long), 'gzip', { gzip: { level: 1 } })
  assert.ok(size < (await readBytes(fast.body)).length)
  const deflated = await through(html(long), 'deflate', { gzip: { level: 1 } })
  assert.is(inflateSync(await readBytes(deflated.body)).toString(), long)
  const broad = await through(html(long), 'br', { brotli: { quality: 11 } })
  assert.is(brotliDecompressSync(await readBytes(broad.body)).toString(), long)
})

bodies('output() next to it runs in the same loop, on plain text', async () => {
  const app: Handler = stack(compress(), output(gzip()))(() => html(long))
  const { body } = await app(requestOf({ headers: { 'accept-encoding': 'gzip' } }))
  assert.is(gunzipSync(gunzipSync(await readBytes(body))).toString(), long)
})

bodies('a body that nobody pulls makes nothing, and closing it closes the source', async () => {
  const source = watched([])
  const given = { ...html(''), body: source.body }
  for (const { coding } of codings) {
    const { body } = await through({ ...given, body: watched([]).body }, coding)
    await pullFrom(body).close()
  }
  const { body } = await through(given)
  await pullFrom(body).close()
  assert.is(source.pulls, 0)
  assert.is(source.closes, 1)
  assert.equal(await zlibHandles(), noHandles)
})

for (const { given, wanted } of [
  { given: { threshold: 0 }, wanted: /^Cannot use threshold: .* wanted minBytes$/ },
  { given: { level: 6 }, wanted: /wanted gzip: \{ level \}$/ },
  { given: { encodings: ['gzip'] }, wanted: /wanted codings$/ },
  { given: { filter: () => true }, wanted: /wanted isCompressible$/ },
  { given: { colour: 'red' }, wanted: /^Cannot use colour: .* wanted one of codings, minBytes,/ },
  { given: { codings: 'gzip' }, wanted: /found a string, wanted an array of codings$/ },
])
  bodies(`the option ${Object.keys(given)} is a TypeError: ${wanted}`, () => {
    const error = throwsAtOnce(() => compress(untyped(given)), TypeError)
    assert.match(error.message, wanted)
  })

bodies('options outside are refused at the call', () => {
  throwsAtOnce(() => compress({ minBytes: -1 }), RangeError)
  throwsAtOnce(() => compress({ maxDelayMs: Number.NaN }), RangeError)
  throwsAtOnce(() => compress({ gzip: { level: 10 } }), RangeError)
  throwsAtOnce(() => compress({ brotli: { quality: 12 } }), RangeError)
  if (!hasZstd) throwsAtOnce(() => compress({ codings: ['zstd'] }), TypeError)
})

bodies.run()
