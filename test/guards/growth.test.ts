// @alone
// @seconds 300
// @slow 12
// Time against input: whatever a peer sends, 16 times as much of it takes at most 64 times as long. The one timed assertion here.
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { data, fields, reader, toBody } from '@sluice/body'
import { fromPull } from '@sluice/body/engine'
import { chunkedDecoder, chunkedInput } from '@sluice/chunked-input'
import { compress, decompress, decompressInput, isCompressible } from '@sluice/compress'
import { proxyHints } from '@sluice/flush'
import { requestParser } from '@sluice/server/http1'
import { decodeEvents, lastEventId } from '@sluice/sse'
import { empty, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cutAt } from '../support/parsing/cuts.ts'
import { latin1 } from '../support/parsing/decode-pieces.ts'
import { requestOf } from '../support/server/request.ts'
import type { Data, FieldsInit } from '@sluice/body'
import type { ChunkedDecoderOptions } from '@sluice/chunked-input'
import type { HttpResponse, PassingMiddleware } from '@sluice/stack'

const smallBytes = 2048
const times = 16
const mostTimes = 64

/** What is done with an input of so many bytes; it is made before the time is taken. */
type Prepare = (byteLength: number) => () => unknown

const took = async (run: () => unknown, repeats: number): Promise<number> => {
  const start = performance.now()
  for (let i = 0; i < repeats; i++) await run()
  return (performance.now() - start) / repeats
}

/** How many times as long the large input takes: the best of five of each. */
const growthOf = async (prepare: Prepare): Promise<number> => {
  const small = prepare(smallBytes)
  const large = prepare(times * smallBytes)
  await took(small, times)
  const best = { small: Number.POSITIVE_INFINITY, large: Number.POSITIVE_INFINITY }
  for (let i = 0; i < 5; i++) {
    best.small = Math.min(best.small, await took(small, times))
    best.large = Math.min(best.large, await took(large, 1))
  }
  return best.large / best.small
}

const growth = suite('growth')

const grows = (name: string, prepare: Prepare): void =>
  growth(`${name}: 16 times the input takes at most 64 times as long`, async () => {
    const found = await growthOf(prepare)
    assert.ok(found <= mostTimes, `${found.toFixed(1)} times as long`)
  })

/** Values that have made parsers of lists, strings and blanks slow. Each is as long as it is asked to be. */
const shapes: Readonly<Record<string, (length: number) => string>> = {
  'one word': (length) => 'a'.repeat(length),
  digits: (length) => '1'.repeat(length),
  'blanks inside': (length) => `a${' '.repeat(length - 2)}b`,
  'tabs and commas': (length) => '\t,'.repeat(length / 2),
  commas: (length) => ','.repeat(length),
  semicolons: (length) => 'a;'.repeat(length / 2),
  weights: (length) => 'gzip;q=0.1,    '.repeat(length / 15),
  dots: (length) => '1.'.repeat(length / 2),
  colons: (length) => '::1'.repeat(length / 3),
  brackets: (length) => '[:'.repeat(length / 2),
  quotes: (length) => '"a", '.repeat(length / 5),
  'an open quotation': (length) => `"${'\\"'.repeat(length / 2 - 1)}`,
  'a list of tokens': (length) => 'close, upgrade, '.repeat(length / 16),
  'bytes above 0x7F': (length) => '\xc3\xa4'.repeat(length / 2),
}

const limits = {
  maxHeadBytes: 2 ** 24,
  maxTargetBytes: 2 ** 24,
  maxFields: 2 ** 20,
  maxTrailerBytes: 2 ** 24,
  maxTrailerFields: 2 ** 20,
  maxChunkLineBytes: 2 ** 24,
  maxChunkOverheadBytes: 2 ** 24,
  maxChunkExtensionBytes: 2 ** 24,
}

/** Parses bytes in packets of a size, until they end or are refused. */
const parsed = (sent: string, packet: number): (() => unknown) => {
  const pieces = inPackets(latin1(sent), packet)
  return () => {
    const parser = requestParser(limits)
    try {
      for (const piece of pieces) {
        parser.receive(piece)
        while (parser.next() !== undefined);
      }
    } catch {}
    return parser.state
  }
}

const inPackets = (bytes: Uint8Array, packet: number): readonly Uint8Array[] =>
  cutAt(
    bytes,
    Array.from({ length: Math.ceil(bytes.length / packet) }, (_, i) => i * packet),
  )

const whole = Number.POSITIVE_INFINITY
const names = [
  'Transfer-Encoding',
  'Content-Length',
  'Host',
  'Connection',
  'Expect',
  'Upgrade',
  'Cookie',
]
const headWith = (name: string, value: string) => {
  const host = name === 'Host' ? '' : 'host: a\r\n'
  return `POST / HTTP/1.1\r\n${host}connection: upgrade\r\n${name}: ${value}\r\n\r\n`
}

for (const name of names) {
  for (const [shape, made] of Object.entries(shapes))
    grows(`${name} of ${shape}`, (length) => parsed(headWith(name, made(length)), whole))
  grows(`${name} byte by byte`, (length) => parsed(headWith(name, 'a'.repeat(length)), 1))
  grows(`many lines of ${name}`, (length) =>
    parsed(
      headWith(name, `a\r\n${`${name}: a\r\n`.repeat(length / (name.length + 5))}x: y`),
      whole,
    ),
  )
  grows(`many lines of ${name}, byte by byte`, (length) =>
    parsed(headWith(name, `a\r\n${`${name}: a\r\n`.repeat(length / (name.length + 5))}x: y`), 1),
  )
}

for (const packet of [whole, 1]) {
  const how = packet === 1 ? ', byte by byte' : ''
  grows(`a method${how}`, (length) => parsed('M'.repeat(length), packet))
  grows(`the name of a field${how}`, (length) =>
    parsed(`GET / HTTP/1.1\r\n${'x'.repeat(length)}`, packet),
  )
  grows(`blanks before a value${how}`, (length) =>
    parsed(`GET / HTTP/1.1\r\nx:${' '.repeat(length)}`, packet),
  )
  grows(`a version${how}`, (length) => parsed(`GET / HTTP/${'1'.repeat(length)}\r\n`, packet))
  grows(`heads behind each other${how}`, (length) =>
    parsed('GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(length / 27), packet),
  )
  for (const [shape, made] of Object.entries(shapes)) {
    grows(`a path of ${shape}${how}`, (length) =>
      parsed(`GET /${made(length)} HTTP/1.1\r\nhost: a\r\n\r\n`, packet),
    )
    grows(`a query of ${shape}${how}`, (length) =>
      parsed(`GET /?${made(length)} HTTP/1.1\r\nhost: a\r\n\r\n`, packet),
    )
    grows(`an authority of ${shape}${how}`, (length) =>
      parsed(`GET http://${made(length)}/ HTTP/1.1\r\nhost: a\r\n\r\n`, packet),
    )
  }
}

const decoderLimits: ChunkedDecoderOptions = {
  maxLineBytes: 2 ** 24,
  maxOverheadBytes: 2 ** 24,
  maxExtensionBytes: 2 ** 24,
  maxTrailerBytes: 2 ** 24,
  maxTrailerFields: 2 ** 20,
}

const codings: Readonly<Record<string, (length: number) => string>> = {
  data: (length) => `${length.toString(16)}\r\n${'a'.repeat(length)}\r\n0\r\n\r\n`,
  'chunks of a byte': (length) => '1\r\na\r\n'.repeat(length / 6),
  'padded sizes': (length) => `${'0'.repeat(31)}1\r\na\r\n`.repeat(length / 37),
  'an extension': (length) => `1;${'a'.repeat(length)}`,
  'a quoted extension': (length) => `1;a="${'\\"'.repeat(length / 2)}`,
  'many extensions': (length) => `1${' ; a = b'.repeat(length / 8)}`,
  'blanks of an extension': (length) => `1${' '.repeat(length)};a`,
  'the name of a trailer': (length) => `0\r\n${'a'.repeat(length)}`,
  'the value of a trailer': (length) => `0\r\na: ${'a'.repeat(length)}\r\n\r\n`,
  'blanks of a trailer': (length) => `0\r\na:${' '.repeat(length)}\r\n\r\n`,
  'many trailers': (length) => `0\r\n${'a: b\r\n'.repeat(length / 6)}\r\n`,
}

for (const [name, codedOf] of Object.entries(codings))
  for (const packet of [whole, 1])
    grows(`chunked: ${name}${packet === 1 ? ', byte by byte' : ''}`, (length) => {
      const pieces = inPackets(latin1(codedOf(length)), packet)
      return () => {
        const decoder = chunkedDecoder(decoderLimits)
        for (const piece of pieces) decoder.decode(piece)
        return decoder.done
      }
    })

/** A body of pieces that are there at once. */
const bodyOf = (pieces: readonly Uint8Array[]) => {
  let at = 0
  return fromPull<Data>(() => ({
    pull() {
      const bytes = pieces[at++]
      return bytes === undefined ? undefined : data(bytes)
    },
    close() {},
  }))
}

const drain = async (body: AsyncIterable<unknown>): Promise<number> => {
  let count = 0
  try {
    for await (const _ of body) count++
  } catch {}
  return count
}

/** Bytes that no coding makes much shorter, the same at each run. */
const noise = (length: number): Uint8Array => {
  let state = 7
  return Uint8Array.from({ length }, () => {
    state = (state * 16_807) % 2_147_483_647
    return state
  })
}

const any = { maxRatio: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY }

for (const [coding, encode] of [
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const) {
  for (const packet of [whole, 16])
    grows(`${coding}${packet === 16 ? ', 16 bytes a packet' : ''}`, (length) => {
      const pieces = inPackets(encode(noise(length)), packet)
      return () => drain(decompress(coding, any)(bodyOf(pieces)))
    })
  grows(`${coding} of zeros`, (length) => {
    const pieces = inPackets(encode(new Uint8Array(64 * length)), whole)
    return () => drain(decompress(coding, any)(bodyOf(pieces)))
  })
}

grows('gzip of empty members', (length) => {
  const member = gzipSync('')
  const pieces = [Buffer.concat(Array.from({ length: length / member.length }, () => member))]
  return () => drain(decompress('gzip', any)(bodyOf(pieces)))
})

const streams: Readonly<Record<string, (length: number) => string>> = {
  'one line': (length) => `data: ${'a'.repeat(length)}\n\n`,
  'an unfinished line': (length) => `data: ${'a'.repeat(length)}`,
  'a comment': (length) => `:${'a'.repeat(length)}\n`,
  'many comments': (length) => ':\n'.repeat(length / 2),
  'many data lines': (length) => `${'data: a\n'.repeat(length / 8)}\n`,
  'many events': (length) => 'data: a\n\n'.repeat(length / 9),
  'an ID': (length) => `id: ${'a'.repeat(length)}\ndata: a\n\n`,
  'digits of retry': (length) => `retry: ${'1'.repeat(length)}\ndata: a\n\n`,
  'line ends': (length) => '\r\n'.repeat(length / 2),
}

for (const [name, streamOf] of Object.entries(streams))
  for (const packet of [whole, 8]) {
    const how = packet === 8 ? ', 8 bytes a packet' : ''
    grows(`server-sent events: ${name}${how}`, (length) => {
      const pieces = inPackets(latin1(streamOf(length)), packet)
      return () => drain(decodeEvents(bodyOf(pieces), { maxEventBytes: 2 ** 24 }))
    })
    grows(`lines: ${name}${how}`, (length) => {
      const pieces = inPackets(latin1(streamOf(length)), packet)
      return () => drain(reader(bodyOf(pieces)).lines({ maxBytes: 2 ** 24 }))
    })
  }

const through = (middleware: PassingMiddleware, headers: FieldsInit, response: HttpResponse) => {
  const request = requestOf({ headers })
  const handler = middleware(() => response)
  return async () => {
    try {
      return await handler(request)
    } catch {
      return undefined
    }
  }
}

const compressing = compress({ minBytes: 0 })
const long = toBody('a'.repeat(4096))
const responseWith = (headers: FieldsInit): HttpResponse => ({
  status: 200,
  headers: fields(headers),
  body: long,
})

for (const [shape, made] of Object.entries(shapes)) {
  grows(`Accept-Encoding of ${shape}`, (length) =>
    through(compressing, { 'accept-encoding': made(length) }, text('hello')),
  )
  grows(`Content-Encoding of ${shape}`, (length) =>
    through(decompressInput(), { 'content-encoding': made(length) }, empty({ status: 204 })),
  )
  grows(`Transfer-Encoding of ${shape}, behind another host`, (length) =>
    through(chunkedInput(), { 'transfer-encoding': made(length) }, empty({ status: 204 })),
  )
  grows(`Last-Event-ID of ${shape}`, (length) => {
    const request = requestOf({ headers: { 'last-event-id': made(length) } })
    return () => lastEventId(request)
  })
  grows(`Content-Type of ${shape}`, (length) => {
    const value = made(length)
    return () => isCompressible(value)
  })
  for (const name of ['vary', 'etag', 'content-type', 'cache-control', 'content-length'])
    grows(`${name} of ${shape} in a response that is compressed`, (length) =>
      through(
        compressing,
        { 'accept-encoding': 'gzip' },
        responseWith({ 'content-type': 'text/plain', [name]: made(length) }),
      ),
    )
  grows(`cache-control of ${shape} behind proxyHints`, (length) =>
    through(proxyHints(), {}, responseWith({ 'cache-control': made(length) })),
  )
}

growth.run()
