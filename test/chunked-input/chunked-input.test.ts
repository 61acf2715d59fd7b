import { collect, data, fields, readText, toBody } from '@sluice/body'
import {
  chunkedDecoder,
  chunkedInput,
  chunkHead,
  decodeChunked,
  encodeChunked,
  lastChunk,
} from '@sluice/chunked-input'
import { dropTrailers, pipe } from '@sluice/filter'
import { empty, request } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { refusedCodings } from '../conformance/codings.ts'
import { record, words } from '../support/bodies/record.ts'
import { watched } from '../support/bodies/sources.ts'
import { filterLaws } from '../support/laws/filter-laws.ts'
import { decodePieces, latin1 } from '../support/parsing/decode-pieces.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { turn } from '../support/within.ts'
import type { AnyFrame, Fields, FieldsInit, Trailers } from '@sluice/body'
import type { HttpRequest } from '@sluice/stack'
import type { FilterUnderTest } from '../support/laws/filter-laws.ts'

const end = '0\r\n\r\n'
const chunk = (bytes: string) => `${chunkHead(bytes.length)}${bytes}\r\n`

const decoding = suite('chunkedDecoder')

const sizesOf = (coded: string) =>
  chunkedDecoder()
    .decode(latin1(coded))
    .map((frame) => (frame.kind === 'data' ? frame.bytes.length : frame.kind))

decoding('small chunks of one input are one frame', () => {
  assert.equal(sizesOf(chunk('a'.repeat(16)).repeat(1000)), [16_000])
  assert.equal(sizesOf(chunk('a'.repeat(1023)).repeat(3)), [3069])
})

decoding('a chunk of 1 KiB is a frame, and small ones beside it keep their places', () => {
  const large = chunk('b'.repeat(1024))
  assert.equal(sizesOf(`${large}${chunk('a')}${chunk('c')}${large}${end}`), [1024, 2, 1024])
})

decoding('a large chunk is a view of the input, with no copy', () => {
  const bytes = latin1(chunk('b'.repeat(1024)))
  const [frame] = chunkedDecoder().decode(bytes)
  assert.ok(frame?.kind === 'data' && frame.bytes.buffer === bytes.buffer)
})

decoding('a frame joined of small chunks does not change when another is made', () => {
  const decoder = chunkedDecoder()
  const [first] = decoder.decode(latin1(chunk('a').repeat(9)))
  decoder.decode(latin1(chunk('b').repeat(9)))
  assert.ok(first?.kind === 'data' && first.bytes.every((byte) => byte === 97))
})

decoding('10000 small chunks of every size up to 200 come out as they went in', () => {
  const parts = Array.from({ length: 10_000 }, (_, i) =>
    String(i)
      .repeat(50)
      .slice(0, 1 + (i % 200)),
  )
  const { data } = decodePieces([latin1(parts.map(chunk).join('') + end)])
  assert.is(data, parts.join(''))
})

decoding('trailers without fields are no frame', () => {
  assert.equal(chunkedDecoder().decode(latin1(end)), [])
})

decoding('after the end every input is rest, and no frame comes again', () => {
  const decoder = chunkedDecoder()
  assert.is(decoder.decode(latin1(`0\r\nA: b\r\n\r\n`)).length, 1)
  assert.is(decoder.rest, undefined)
  const next = latin1('GET')
  assert.equal(decoder.decode(next), [])
  assert.equal(decoder.rest, next)
  assert.equal(decoder.decode(new Uint8Array()), [])
  assert.is(decoder.rest, undefined)
  assert.is(decoder.end(), undefined)
  assert.ok(decoder.done)
})

decoding('after a failure nothing is decoded, and the failure stays', () => {
  const decoder = chunkedDecoder()
  assert.is(decoder.decode(latin1(`${chunk('a')}x`)).length, 1)
  const { failure } = decoder
  assert.is(failure?.code, 'CHUNK_INVALID')
  assert.is(failure?.status, 400)
  assert.equal(decoder.decode(latin1(chunk('b') + end)), [])
  assert.is(decoder.failure, failure)
  assert.is(decoder.end(), failure)
  assert.is(decoder.rest, undefined)
  assert.not(decoder.done)
})

decoding('after the source has ended early nothing is decoded', () => {
  const decoder = chunkedDecoder()
  assert.is(decoder.end()?.code, 'BODY_ENDED_EARLY')
  assert.equal(decoder.decode(latin1(chunk('b') + end)), [])
  assert.is(decoder.end()?.code, 'BODY_ENDED_EARLY')
})

decoding('messages show bytes as numbers', () => {
  const decoder = chunkedDecoder()
  decoder.decode(latin1('5\n'))
  assert.match(decoder.failure?.message ?? '', /^Cannot read .*: found 0x0a .*, wanted .*$/)
})

decoding('64 MiB of chunks of a byte leave nothing behind', async () => {
  const decoder = chunkedDecoder()
  const input = latin1(chunk('a').repeat(10_000))
  const decode = (times: number) => {
    let bytes = 0
    for (let i = 0; i < times; i++)
      for (const frame of decoder.decode(input))
        if (frame.kind === 'data') bytes += frame.bytes.length
    return bytes
  }
  const used = async () => {
    // Twice, with a turn between: what a buffer held is counted off after the collection.
    for (let i = 0; i < 2; i++) {
      globalThis.gc?.()
      await turn()
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  decode(50)
  const before = await used()
  assert.is(decode(1100), 11_000_000)
  const grown = (await used()) - before
  assert.ok(grown < 1_000_000, `${grown} bytes`)
})

decoding.run()

const heads = suite('chunkHead')

heads('it is the size in hexadecimal and CR LF', () => {
  assert.is(chunkHead(1), '1\r\n')
  assert.is(chunkHead(255), 'ff\r\n')
  assert.is(chunkHead(2 ** 53 - 1), '1fffffffffffff\r\n')
})

for (const size of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
  heads(`${size} bytes are refused`, () => {
    throwsAtOnce(() => chunkHead(size), RangeError)
  })

heads.run()

const lasts = suite('lastChunk')

lasts('without fields it is the last chunk and an empty line', () => {
  assert.is(lastChunk(), end)
  assert.is(lastChunk(fields()), end)
})

lasts('fields stand in order, a name as often as it comes', () => {
  const trailers = fields([
    ['B', '1'],
    ['a', ''],
    ['b', '\xe9'],
  ])
  assert.is(lastChunk(trailers), '0\r\nb: 1\r\na: \r\nb: \xe9\r\n\r\n')
})

for (const name of ['Transfer-Encoding', 'content-length', 'Host', 'Set-Cookie', 'content-type'])
  lasts(`${name} is refused`, () => {
    throwsAtOnce(() => lastChunk(fields({ [name]: 'x' })), TypeError)
  })

lasts('fields of another make are checked: no line end gets out', () => {
  const forged: Fields = {
    size: 1,
    get: () => undefined,
    getAll: () => [],
    getSetCookie: () => [],
    has: () => false,
    with: () => forged,
    withAdded: () => forged,
    withAll: () => forged,
    without: () => forged,
    *[Symbol.iterator]() {
      yield ['a', 'b\r\nc: d'] as const
    },
  }
  throwsAtOnce(() => lastChunk(forged), TypeError)
})

lasts.run()

const flush: AnyFrame = { kind: 'flush' }
const own: AnyFrame = { kind: 'progress' }
const trailers: Trailers = { kind: 'trailers', fields: fields({ 'x-sum': '9f' }) }
const coded = (bytes: string): AnyFrame => data(latin1(bytes))

const decodes = suite('decodeChunked')

decodes('data, flush and unknown kinds keep their order, and trailers are last', async () => {
  const frames = [coded('2\r\nab'), flush, coded('\r\n1\r\nc\r\n0\r\nA: b\r\n\r\n'), own, flush]
  const found = await words(decodeChunked()(watched(frames).body))
  assert.equal(found, ['data ab', 'flush', 'data c', 'progress', 'flush', 'trailers', 'end'])
})

decodes('the trailers are those of the coding', async () => {
  const body = decodeChunked()(toBody(`${chunk('a')}0\r\nX-Sum: 9f\r\n\r\n`))
  assert.is((await collect(body)).trailers.get('x-sum'), '9f')
})

decodes('the length of the coding is not that of the body', () => {
  const body = toBody(chunk('a') + end)
  assert.is(body.byteLength, 11)
  assert.is(decodeChunked()(body).byteLength, undefined)
})

for (const { name, given, wanted } of [
  {
    name: 'a source that ends early',
    given: [chunk('ab'), '3\r\nc'],
    wanted: ['data ab', 'data c', 'error BODY_ENDED_EARLY'],
  },
  { name: 'a source that gives nothing', given: [], wanted: ['error BODY_ENDED_EARLY'] },
  {
    name: 'a malformed chunk after a good one',
    given: [`${chunk('ab')}-1`],
    wanted: ['data ab', 'error CHUNK_INVALID'],
  },
  {
    name: 'a malformed trailer',
    given: [`${chunk('ab')}0\r\n: b`],
    wanted: ['data ab', 'error TRAILERS_INVALID'],
  },
  {
    name: 'bytes after the end, in its frame',
    given: [`${chunk('ab')}${end}x`],
    wanted: ['data ab', 'error CHUNK_INVALID'],
  },
  {
    name: 'bytes after the end, in a frame of their own',
    given: [chunk('ab') + end, 'x'],
    wanted: ['data ab', 'error CHUNK_INVALID'],
  },
])
  decodes(`${name}: what stands before it is given, then the error`, async () => {
    const source = watched(given.map(coded))
    assert.equal(await words(decodeChunked()(source.body)), wanted)
    assert.is(source.closes, 1)
  })

decodes('bytes after the end go to onRest, after the content, and the body ends well', async () => {
  const rest: string[] = []
  const onRest = (bytes: Uint8Array) => rest.push(Buffer.from(bytes).toString('latin1'))
  const source = watched([coded(`${chunk('ab')}0\r\nA: b\r\n\r\nGET`), coded(' /')])
  const found = await words(decodeChunked({ onRest })(source.body))
  assert.equal(found, ['data ab', 'trailers', 'end'])
  assert.equal(rest, ['GET', ' /'])
})

decodes('trailers outside the coding are refused', async () => {
  const found = await words(decodeChunked()(watched([coded(chunk('a') + end), trailers]).body))
  assert.equal(found, ['data a', 'error BODY_INVALID'])
})

decodes('limits are taken, and checked at the call', async () => {
  const body = decodeChunked({ maxLineBytes: 2 })(toBody(`001\r\na\r\n${end}`))
  await rejects(() => readText(body), 'CHUNK_LINE_TOO_LONG')
  throwsAtOnce(() => decodeChunked({ maxLineBytes: 0 }), RangeError)
})

decodes('each body has a decoder of its own', async () => {
  const decode = decodeChunked()
  await rejects(() => readText(decode(toBody('2\r\na'))), 'BODY_ENDED_EARLY')
  assert.is(await readText(decode(toBody(chunk('b') + end))), 'b')
})

decodes.run()

const given = latin1('streams of bytes')
const lawful: Readonly<Record<string, FilterUnderTest>> = {
  decodeChunked: {
    // Trailers outside the coding are an error, and the laws put some there.
    filter: () => (body) => pipe(body, dropTrailers, decodeChunked()),
    given: latin1(`3\r\nabc\r\n2;a="b"\r\nde\r\n${end}`),
    wanted: latin1('abcde'),
    drops: ['trailers'],
  },
  encodeChunked: {
    filter: () => encodeChunked(),
    given,
    read: (bytes) => latin1(decodePieces([bytes]).data),
    // They become bytes, and where the chunks are cut is where the frames are.
    drops: ['trailers'],
    holds: true,
  },
  'decodeChunked after encodeChunked': {
    filter: () => (body) => pipe(body, encodeChunked(), decodeChunked()),
    given,
    wanted: given,
    // A trailer section without fields is none.
    drops: ['trailers'],
  },
}

for (const [name, under] of Object.entries(lawful)) {
  const laws = suite(`the frame laws: ${name}`)
  for (const law of filterLaws(under)) laws(law.name, law.run)
  laws.run()
}

const encodes = suite('encodeChunked')

const encoded = async (frames: readonly AnyFrame[], error?: Error) => {
  const options = error === undefined ? {} : { error }
  const found = await record(encodeChunked()(watched(frames, options).body))
  return { ...found, coded: Buffer.from(found.bytes).toString('latin1') }
}

encodes('a frame is a chunk, and the last chunk ends it', async () => {
  assert.is((await encoded([coded('a'), coded('bc')])).coded, `${chunk('a')}${chunk('bc')}${end}`)
  assert.is((await encoded([])).coded, end)
})

encodes('empty data is no chunk: it would be the end', async () => {
  assert.is(
    (await encoded([coded('a'), coded(''), coded('b')])).coded,
    `${chunk('a')}${chunk('b')}${end}`,
  )
})

encodes('flush and unknown kinds pass between whole chunks', async () => {
  const { marks } = await encoded([flush, coded('abc'), flush, own, coded('d')])
  assert.equal(marks, ['flush@0', 'flush@8', 'progress@8'])
})

encodes('trailers are Latin-1 after the last chunk', async () => {
  const sum: Trailers = { kind: 'trailers', fields: fields({ 'X-Sum': '\xe9' }) }
  const { coded: found, frames } = await encoded([coded('a'), sum])
  assert.is(found, `${chunk('a')}0\r\nx-sum: \xe9\r\n\r\n`)
  assert.ok(frames.every(({ kind }) => kind === 'data'))
})

encodes('4095 bytes are copied into one frame, 4096 stand between two as they are', async () => {
  const small = data(new Uint8Array(4095))
  assert.is((await encoded([small])).frames.length, 2)
  const large = data(new Uint8Array(4096))
  const { frames } = await encoded([large])
  assert.is(frames.length, 4)
  const [, middle] = frames
  assert.ok(middle !== undefined && 'bytes' in middle && middle.bytes === large.bytes)
})

encodes('an error has no last chunk, with and without trailers before it', async () => {
  const error = new Error('the source broke')
  for (const frames of [[coded('a')], [coded('a'), trailers]]) {
    const found = await encoded(frames, error)
    assert.is(found.coded, chunk('a'))
    assert.is(found.end?.error, error)
  }
})

for (const after of [coded('b'), trailers])
  encodes(`${after.kind} after the trailers is refused`, async () => {
    const found = await encoded([coded('a'), trailers, after])
    assert.is(found.coded, chunk('a'))
    await rejects(() => Promise.reject(found.end?.error), 'BODY_INVALID')
  })

encodes('a trailer field that must not be there is refused', async () => {
  const bad: Trailers = { kind: 'trailers', fields: fields({ host: 'a' }) }
  const found = await encoded([coded('a'), bad])
  assert.is(found.coded, chunk('a'))
  await rejects(() => Promise.reject(found.end?.error), TypeError)
})

encodes.run()

const middleware = suite('chunkedInput')

const requestWith = (
  headers: FieldsInit,
  content: string,
  version: HttpRequest['version'] = '1.1',
): HttpRequest =>
  request('/', {
    method: 'POST',
    version,
    headers,
    body: watched([data(latin1(content))]).body,
  })

const handled = (request: HttpRequest) => {
  const seen: HttpRequest[] = []
  chunkedInput()((given) => {
    seen.push(given)
    return empty()
  })(request)
  const [first] = seen
  if (first === undefined) throw new Error('the handler was not called')
  return first
}

for (const value of ['chunked', 'Chunked', 'CHUNKED', '\tchunked '])
  middleware(`${JSON.stringify(value)} is decoded, and the field taken off`, async () => {
    const request = handled(
      requestWith({ 'Transfer-Encoding': value, 'x-a': 'b' }, `${chunk('abc')}0\r\nA: b\r\n\r\n`),
    )
    assert.equal([...request.headers], [['x-a', 'b']])
    const { bytes, trailers: found } = await collect(request.body)
    assert.equal(bytes, latin1('abc'))
    assert.is(found.get('a'), 'b')
  })

middleware('a request without the field passes as it is', () => {
  const request = requestWith({ 'content-length': '3' }, 'abc')
  assert.ok(handled(request) === request)
})

const refusedRequests = [
  {
    name: 'chunked beside Content-Length',
    headers: { 'transfer-encoding': 'chunked', 'content-length': '3' },
    version: '1.1',
    code: 'FRAMING_INVALID',
    status: 400,
  },
  {
    name: 'chunked in HTTP/1.0',
    headers: { 'transfer-encoding': 'chunked' },
    version: '1.0',
    code: 'FRAMING_INVALID',
    status: 400,
  },
  ...refusedCodings.map(({ name, lines, code, status }) => ({
    name: `Transfer-Encoding: ${name}`,
    headers: { 'transfer-encoding': lines },
    version: '1.1' as const,
    code,
    status,
  })),
] as const

for (const { name, headers, version, code, status } of refusedRequests)
  middleware(`${name} is refused: ${code}`, () => {
    const request = requestWith(headers, chunk('abc') + end, version)
    assert.is(throwsAtOnce(() => handled(request), code).status, status)
  })

middleware('a malformed body fails while it is read', async () => {
  const request = handled(requestWith({ 'transfer-encoding': 'chunked' }, '3\nabc'))
  await rejects(() => readText(request.body), 'CHUNK_INVALID')
})

middleware('limits are checked at the call', () => {
  throwsAtOnce(() => chunkedInput({ maxTrailerFields: -1 }), RangeError)
})

middleware.run()
