// @slow 9
import * as zlib from 'node:zlib'
import { concat, data, isData, noFields, readBytes, readText, toBody } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { decompress, decompressInput, gzip } from '@sluice/compress'
import { stack, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codings, someText } from '../support/bodies/codings.ts'
import { record } from '../support/bodies/record.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { noHandles, streamsMade, zlibHandles } from '../support/bodies/zlib-handles.ts'
import { filterLaws } from '../support/laws/filter-laws.ts'
import { cutAt, cuts, utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { requestOf } from '../support/server/request.ts'
import { get, post, request, serving } from '../support/server/serving.ts'
import { within } from '../support/within.ts'
import type { Transform } from 'node:stream'
import type { AnyFrame, Data } from '@sluice/body'
import type { DecompressOptions } from '@sluice/compress'
import type { Handler } from '@sluice/stack'

const all = { maxBytes: Number.POSITIVE_INFINITY }
const unbounded = { maxBytes: Number.POSITIVE_INFINITY, maxRatio: Number.POSITIVE_INFINITY }
const bound = 20_000

/** What may be the beginning of another whole: a member of gzip, or a frame of zstd, perhaps one to be skipped. */
const beginnings: {
  readonly [coding: string]: readonly { readonly name: string; readonly behind: Uint8Array }[]
} = {
  gzip: [
    { name: 'the first byte of a member', behind: Uint8Array.of(0x1f) },
    { name: 'the first two bytes of a member', behind: Uint8Array.of(0x1f, 0x8b) },
  ],
  zstd: [
    { name: 'the first byte of a frame', behind: Uint8Array.of(0x28) },
    { name: 'the first four bytes of a frame', behind: Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd) },
    { name: 'the first four bytes of one to skip', behind: Uint8Array.of(0x50, 0x2a, 0x4d, 0x18) },
  ],
}

for (const { coding, encode, filter } of codings) {
  const laws = suite(`decompress ${coding}: the frame laws`)
  const plain = utf8('the same, the same, and not the same')
  for (const { name, run } of filterLaws({
    filter: () => decompress(coding),
    given: encode(plain),
    wanted: plain,
  }))
    laws(name, run)
  laws.run()

  const each = suite(`decompress ${coding}`)
  const content = someText(1000)
  const coded = encode(content)
  const read = (bytes: Uint8Array, options?: DecompressOptions) =>
    readBytes(decompress(coding, options)(toBody(bytes)), all)

  for (const length of [0, 1, 16_384, 65_537, 300_000])
    each(`${length} bytes come back`, async () => {
      const wanted = someText(length)
      const found = await read(encode(wanted), unbounded)
      assert.ok(Buffer.from(found).equals(wanted))
    })

  each('what our own filter made is read, to each flush', async () => {
    const frames: AnyFrame[] = [data(utf8('one ')), { kind: 'flush' }, data(utf8('two'))]
    const seen: string[] = []
    for await (const frame of decompress(coding)(filter()(watched(frames).body)))
      seen.push(isData(frame) ? Buffer.from(frame.bytes).toString() : frame.kind)
    assert.is(seen.join('|').replace(/^one \|flush\|/, ''), 'two', seen.join('|'))
  })

  each('content is there before the source goes on', async () => {
    const flushed = await record(
      filter()(watched<AnyFrame>([data(utf8('now')), { kind: 'flush' }]).body),
    )
    const [first] = flushed.frames
    assert.ok(first !== undefined && isData(first))
    const source = handFed()
    const reading = pullFrom(decompress(coding)(source.body))
    const pulled = reading.pull()
    source.give(first)
    const frame = await within(bound, pulled)
    assert.ok(frame !== undefined && isData(frame))
    assert.equal(new Uint8Array(frame.bytes), utf8('now'))
    await reading.close()
  })

  each('cut off anywhere, it ends early', async () => {
    for (let length = 0; length < coded.length; length++)
      await rejects(() => read(coded.subarray(0, length)), 'BODY_ENDED_EARLY')
  })

  each('cut off before the trailers, it fails and they do not pass', async () => {
    const frames: AnyFrame[] = [
      data(coded.subarray(0, -1)),
      { kind: 'trailers', ...{ fields: noFields } },
    ]
    const { frames: found, end } = await record(decompress(coding)(watched(frames).body))
    assert.is(end !== undefined && isCoded(end.error) && end.error.code, 'BODY_ENDED_EARLY')
    assert.not(found.some(({ kind }) => kind === 'trailers'))
  })

  for (const garbage of [
    'garbage',
    'x',
    '\n',
    '\n\n',
    '\r\n',
    '\xff',
    '\0',
    '\0\0\0\0\0\0\0\0\0\0\0\0',
  ])
    each(
      `${JSON.stringify(garbage)} after the end is refused, in the same frame or later`,
      async () => {
        await rejects(() => read(concat([coded, utf8(garbage)])), 'CODING_INVALID')
        const later = watched([data(coded), data(utf8(garbage))]).body
        await rejects(() => readBytes(decompress(coding)(later)), 'CODING_INVALID')
        const last = watched([
          data(coded.subarray(0, -1)),
          data(concat([coded.subarray(-1), utf8(garbage)])),
        ]).body
        await rejects(() => readBytes(decompress(coding)(last)), 'CODING_INVALID')
      },
    )

  for (const { name, behind } of beginnings[coding] ?? [])
    each(
      `${name} after the end ends early, in the same frame or later, and gives no content`,
      async () => {
        for (const frames of [[concat([coded, behind])], [coded, behind]]) {
          const { bytes, end } = await record(decompress(coding)(watched(frames.map(data)).body))
          assert.is(end !== undefined && isCoded(end.error) && end.error.code, 'BODY_ENDED_EARLY')
          assert.is(bytes.length, content.length)
        }
      },
    )

  each('one byte that begins no coding is refused, or ends early', async () => {
    for (const byte of ['x', '\n', '\0', '\xff']) {
      const { bytes, end } = await record(decompress(coding)(toBody(utf8(byte))))
      const code = end !== undefined && isCoded(end.error) && end.error.code
      assert.ok(code === 'CODING_INVALID' || code === 'BODY_ENDED_EARLY', String(code))
      assert.is(bytes.length, 0)
    }
  })

  each('what is no coding at all is refused', async () => {
    await rejects(() => read(utf8('not coded at all, sorry')), 'CODING_INVALID')
  })

  if (coding === 'gzip' || coding === 'zstd') {
    each('thousands of wholes, also empty ones, take one context', async () => {
      for (const part of ['', 'a', 'some text']) {
        const many = concat(Array.from({ length: 3000 }, () => encode(utf8(part))))
        for (const pieces of [[many], cutAt(many, [5, 40_000, 40_001])]) {
          const before = streamsMade()
          const body = decompress(coding)(watched(pieces.map(data)).body)
          assert.is(await readText(body), part.repeat(3000))
          // A frame of zstd that was cut gets one too.
          assert.ok(streamsMade() - before <= pieces.length, `${streamsMade() - before} contexts`)
        }
      }
      assert.equal(await zlibHandles(), noHandles)
    })

    each(
      'cut off anywhere in the second or third whole, it ends early, unless it is between two',
      async () => {
        const one = encode(utf8('one'))
        const three = concat([one, one, one])
        for (let length = one.length; length < three.length; length++) {
          const cut = three.subarray(0, length)
          const wholes = length / one.length
          if (Number.isInteger(wholes))
            assert.is(await readText(decompress(coding)(toBody(cut))), 'one'.repeat(wholes))
          else await rejects(() => read(cut), 'BODY_ENDED_EARLY')
        }
      },
    )

    each('thousands of wholes and then anything else are refused', async () => {
      const many = concat([...Array.from({ length: 3000 }, () => encode(utf8('a'))), utf8('x')])
      await rejects(() => read(many), 'CODING_INVALID')
    })

    each('the bounds hold for many wholes together', async () => {
      const many = concat(Array.from({ length: 3000 }, () => encode(new Uint8Array(1000))))
      await rejects(() => read(many, { maxRatio: 5 }), 'CODING_RATIO')
      await rejects(() => read(many, { ...unbounded, maxBytes: 1_000_000 }), 'BODY_TOO_LARGE')
      assert.is((await read(many, unbounded)).length, 3_000_000)
    })

    each('wholes long and short, each cut anywhere, come back', async () => {
      const parts = [0, 1, 70_000, 3, 0, 20_000, 5, 200_000, 9].map(someText)
      const many = concat(parts.map(encode))
      for (const size of [many.length, 10_007, 997, 65_536]) {
        const places = Array.from({ length: Math.ceil(many.length / size) }, (_, i) => i * size)
        const pieces = cutAt(many, places.slice(1))
        const found = await readBytes(
          decompress(coding, unbounded)(watched(pieces.map(data)).body),
          all,
        )
        assert.ok(Buffer.from(found).equals(concat(parts)), `cut at each ${size}`)
      }
    })

    each('left in the middle of thousands of wholes, nothing goes on', async () => {
      const many = concat(Array.from({ length: 3000 }, () => encode(utf8('a'))))
      const source = watched([data(many)])
      const reading = pullFrom(decompress(coding)(source.body))
      await within(bound, reading.pull())
      await within(bound, reading.close())
      assert.is(source.closes, 1)
      assert.equal(await zlibHandles(), noHandles)
    })

    each('another whole after the first is content too, at every cut', async () => {
      const one = encode(utf8('one '))
      const two = encode(utf8('two'))
      for (const { name, pieces } of cuts(concat([one, two]))) {
        const body = decompress(coding)(watched(pieces.map(data)).body)
        assert.is(await readText(body), 'one two', name)
      }
    })
  }

  each('maxBytes: at it is read, one byte over gives what is allowed and fails', async () => {
    assert.is((await read(coded, { maxBytes: 1000 })).length, 1000)
    const { bytes, end } = await record(decompress(coding, { maxBytes: 999 })(toBody(coded)))
    assert.is(bytes.length, 999)
    assert.is(end !== undefined && isCoded(end.error) && end.error.code, 'BODY_TOO_LARGE')
  })

  each('a bomb fails while it is read, before its content is made', async () => {
    const bomb = encode(new Uint8Array(60_000_000))
    const before = process.memoryUsage().rss
    const { bytes, end } = await record(decompress(coding, { maxBytes: 50_000_000 })(toBody(bomb)))
    const more = process.memoryUsage().rss - before
    assert.is(end !== undefined && isCoded(end.error) && end.error.code, 'CODING_RATIO')
    assert.ok(bytes.length < 50_000_000)
    assert.ok(more < 50e6, `${more} bytes more`)
  })

  each('of a bomb that nobody reads, nothing is made', async () => {
    const bomb = encode(new Uint8Array(60_000_000))
    globalThis.gc?.()
    const before = process.memoryUsage().rss
    const reading = pullFrom(decompress(coding, unbounded)(toBody(bomb)))
    await within(bound, reading.pull())
    await new Promise((resolve) => setTimeout(resolve, 50))
    const more = process.memoryUsage().rss - before
    assert.ok(more < 16e6, `${more} bytes more`)
    await reading.close()
  })

  each('the first 64 KiB of content are free of the ratio', async () => {
    const zeros = encode(new Uint8Array(65_536))
    assert.is((await read(zeros, { maxRatio: 1 })).length, 65_536)
    await rejects(() => read(encode(new Uint8Array(200_000)), { maxRatio: 1 }), 'CODING_RATIO')
  })

  each('end, error and leaving early leave no context', async () => {
    const big = encode(someText(200_000))
    for (let taken = 0; taken < 6; taken++) {
      const reading = pullFrom(decompress(coding, unbounded)(watched([data(big)]).body))
      for (let i = 0; i < taken; i++) await within(bound, reading.pull())
      const pending = reading.pull()
      await within(bound, reading.close())
      await within(bound, pending)
    }
    await rejects(() => read(big.subarray(0, 100)), 'BODY_ENDED_EARLY')
    await read(big, unbounded)
    assert.equal(await zlibHandles(), noHandles)
  })

  each.run()
}

const isCoded = (error: unknown): error is { readonly code: unknown } =>
  typeof error === 'object' && error !== null && 'code' in error

const windows = suite('decompress zstd: the window')

type ZstdMaker = (options: {
  readonly params: { readonly [parameter: number]: number }
}) => Transform

const isZstdMaker = (found: unknown): found is ZstdMaker => typeof found === 'function'

const zstdMaker: unknown = Reflect.get(zlib, 'createZstdCompress')
const windowLogParameter = Number(Reflect.get(zlib.constants, 'ZSTD_c_windowLog'))
const withZstd = isZstdMaker(zstdMaker) ? windows : windows.skip
const unlessZstd = isZstdMaker(zstdMaker) ? '' : ' (skipped: this Node has no zstd)'

for (const { windowLog, isRead } of [
  { windowLog: 23, isRead: true },
  { windowLog: 24, isRead: false },
])
  withZstd(`2^${windowLog} bytes: ${isRead ? 'read' : 'refused'}${unlessZstd}`, async () => {
    if (!isZstdMaker(zstdMaker)) return
    const stream = zstdMaker({ params: { [windowLogParameter]: windowLog } })
    const parts: Uint8Array[] = []
    stream.on('data', (part: Uint8Array) => parts.push(part))
    // The length must not be known when it begins, or the window is no larger than that.
    await new Promise((resolve) => stream.write('hello', resolve))
    await new Promise((resolve) => stream.once('end', resolve).end())
    const read = () => readText(decompress('zstd')(watched(parts.map(data)).body))
    if (isRead) assert.is(await read(), 'hello')
    else await rejects(read, 'CODING_INVALID')
  })

windows.run()

const layers = suite('decompress: codings on each other')

const twice = zlib.deflateSync(zlib.gzipSync('inner'))

layers('they are undone in the other order', async () => {
  const body = decompress('gzip, deflate', { maxLayers: 2 })(toBody(new Uint8Array(twice)))
  assert.is(await readText(body), 'inner')
})

layers('one more than maxLayers is refused at the call; one is the default', () => {
  throwsAtOnce(() => decompress('gzip, deflate'), 'CODING_INVALID')
  throwsAtOnce(() => decompress('gzip, gzip, gzip', { maxLayers: 2 }), 'CODING_INVALID')
})

layers('maxBytes bounds what lies between them too', async () => {
  const bomb = zlib.gzipSync(zlib.gzipSync(new Uint8Array(20_000_000)))
  const options = { maxLayers: 2, maxBytes: 1000, maxRatio: 1e9 }
  await rejects(
    () => readBytes(decompress('gzip, gzip', options)(toBody(new Uint8Array(bomb)))),
    'BODY_TOO_LARGE',
  )
})

for (const codings of ['', 'identity', ' , IDENTITY'])
  layers(`${JSON.stringify(codings)} is no layer: the body passes as it is`, async () => {
    assert.is(await readText(decompress(codings)(toBody('plain'))), 'plain')
  })

layers('names are compared without case, and x-gzip is gzip', async () => {
  for (const name of ['GZIP', ' x-gzip '])
    assert.is(await readText(decompress(name)(gzip()(toBody('a')))), 'a')
})

layers('a coding that is not known is refused at the call', () => {
  for (const name of ['compress', 'gzip, sdch', 'dcb', 'constructor'])
    throwsAtOnce(() => decompress(name), 'CODING_UNKNOWN')
})

layers('options outside are refused at the call', () => {
  throwsAtOnce(() => decompress('gzip', { maxBytes: -1 }), RangeError)
  throwsAtOnce(() => decompress('gzip', { maxRatio: 0 }), RangeError)
  throwsAtOnce(() => decompress('gzip', { maxLayers: -1 }), RangeError)
  throwsAtOnce(() => decompressInput({ maxBytes: 0.5 }), RangeError)
})

layers('a dictionary that we have not is malformed', async () => {
  const coded = zlib.deflateSync('a', { dictionary: Buffer.from('secret') })
  await rejects(
    () => readBytes(decompress('deflate')(toBody(new Uint8Array(coded)))),
    'CODING_INVALID',
  )
})

layers.run()

const input = suite('decompressInput')

const echo: Handler = stack(decompressInput())(async ({ body, headers }) =>
  text(`${[...headers].map(([name]) => name)} ${await readText(body)}`),
)

const posted = (body: Uint8Array | string, codings: string | undefined) =>
  requestOf({
    method: 'POST',
    headers: {
      'content-type': 'text/plain',
      'content-length': body.length,
      'content-encoding': codings,
    },
    body: watched<Data>([data(typeof body === 'string' ? utf8(body) : body)]).body,
  })

input('the handler reads content, and no field speaks of the coding', async () => {
  for (const { coding, encode } of codings) {
    const { status, body } = await echo(posted(encode(utf8('hello')), coding))
    assert.is(status, 200)
    assert.is(await readText(body), 'content-type hello')
  }
})

for (const codings of [undefined, 'identity'])
  input(`content-encoding ${codings}: the request is passed on as it is`, async () => {
    const given = posted('plain', codings)
    const app: Handler = stack(decompressInput())((request) => {
      assert.ok(request === given)
      return text('')
    })
    await app(given)
  })

for (const { name, message } of [
  { name: 'a GET', message: get('/', 'content-encoding: gzip') },
  { name: 'a DELETE', message: request('DELETE', '/', 'content-encoding: gzip') },
  { name: 'a POST with a content-length of 0', message: post('/', '', 'content-encoding: gzip') },
  { name: 'a GET in a coding that is not known', message: get('/', 'content-encoding: sdch') },
])
  input(
    `${name}: without content nothing is coded, and the field is passed on`,
    serving(async (start) => {
      const app: Handler = stack(decompressInput())(async ({ body, headers }) =>
        text(`${headers.get('content-encoding')} ${(await readBytes(body)).length}`),
      )
      const answer = await (await start(app)).ask(message)
      assert.is(answer.status, 200)
      assert.ok(/^(gzip|sdch) 0$/.test(answer.content), answer.content)
    }),
  )

input(
  'chunked content of no bytes is no whole coding: 400',
  serving(async (start) => {
    const fields = ['content-encoding: gzip', 'transfer-encoding: chunked']
    const site = await start(echo)
    const answer = await site.ask(`${request('POST', '/', ...fields)}0\r\n\r\n`)
    assert.is(answer.status, 400)
  }),
)

input(
  'a coding that is not known is answered 415, with those that are, and the handler is not asked',
  async () => {
    const app: Handler = stack(decompressInput())(() => {
      throw new Error('it was asked')
    })
    const { status, headers } = await app(posted('?', 'gzip, sdch'))
    assert.is(status, 415)
    assert.ok(headers.get('accept-encoding')?.includes('gzip'))
  },
)

input('too many layers are a 400', async () => {
  const error = await rejects(async () => echo(posted('?', 'gzip, gzip')), 'CODING_INVALID')
  assert.is(error.status, 400)
})

input('its bounds are those of decompress', async () => {
  const app: Handler = stack(decompressInput({ maxBytes: 4 }))(async ({ body }) =>
    text(await readText(body)),
  )
  const error = await rejects(
    async () => app(posted(new Uint8Array(zlib.gzipSync('hello')), 'gzip')),
    'BODY_TOO_LARGE',
  )
  assert.is(error.status, 413)
})

input.run()
