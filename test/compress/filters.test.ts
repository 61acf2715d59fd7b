// @slow 9
import '../support/steady-turns.ts'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { constants, createGzip, deflateRawSync, gunzipSync } from 'node:zlib'
import { concat, data, isData, noFields, readBytes, toBody } from '@sluice/body'
import { isPromiseLike, pullFrom } from '@sluice/body/engine'
import { brotli, deflate, gzip, hasZstd, zstd } from '@sluice/compress'
import { pipe } from '@sluice/filter'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codings, message, someText } from '../support/bodies/codings.ts'
import { record } from '../support/bodies/record.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { noHandles, zlibHandles } from '../support/bodies/zlib-handles.ts'
import { codeOf } from '../support/code-of.ts'
import { holds } from '../support/holds.ts'
import { filterLaws } from '../support/laws/filter-laws.ts'
import { cutAt, utf8 } from '../support/parsing/cuts.ts'
import { throwsAtOnce } from '../support/rejects.ts'
import { hasProgram } from '../support/repository/running-program.ts'
import { turn, within } from '../support/within.ts'
import type { AnyFrame, Body, Pause, Trailers } from '@sluice/body'
import type { DeflateOptions } from '@sluice/compress'

const flush: AnyFrame = { kind: 'flush' }
const pause: Pause = { kind: 'pause', until: Promise.resolve() }
const bound = 20_000
const delayed = { gzip, deflate, br: brotli, zstd }
const all = { maxBytes: Number.POSITIVE_INFINITY }

const ticked = (count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, id) => message(id))

/** What has left when each control frame leaves. */
const beginnings = async (body: Body<AnyFrame>): Promise<readonly Uint8Array[]> => {
  const parts: Uint8Array[] = []
  const found: Uint8Array[] = []
  const source = pullFrom(body)
  for (;;) {
    const frame = await within(bound, source.pull())
    if (frame === undefined) return found
    if (isData(frame)) parts.push(frame.bytes)
    else found.push(concat(parts))
  }
}

for (const { coding, filter, decode, decodeBeginning } of codings) {
  const laws = suite(`${coding}: the frame laws`)
  const given = utf8('the same, the same, and not the same: {"id":1,"id":2}')
  for (const { name, run } of filterLaws({ filter, given, wanted: given, read: decode }))
    laws(name, run)
  laws.run()

  const each = suite(coding)

  for (const length of [0, 1, 1023, 32_768, 32_769, 65_535, 65_536, 65_537, 131_072, 300_000])
    each(`${length} bytes come back, and the coding is whole`, async () => {
      const text = someText(length)
      const coded = await readBytes(filter()(toBody(text)), all)
      assert.equal(decode(coded), text)
      if (coded.length > 1) assert.throws(() => decode(coded.subarray(0, -1)))
    })

  each('what leaves does not depend on the cuts, across blocks too', async () => {
    const text = someText(200_000)
    const wanted = await readBytes(filter()(toBody(text)), all)
    await holds(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 40 }),
        async (places) => {
          const frames = cutAt(text, places).map(data)
          const found = await readBytes(filter()(watched(frames).body), all)
          assert.ok(Buffer.from(found).equals(wanted), 'the bytes differ')
        },
      ),
      20,
    )
  })

  each('whatever is flushed and paused where, all before it can be read there', async () => {
    const text = someText(150_000)
    const place = fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 150_000 }))
    const mark = fc.record({ at: place, isPause: fc.boolean() })
    await holds(
      fc.asyncProperty(fc.array(mark, { minLength: 1, maxLength: 12 }), async (marks) => {
        const sorted = [...marks].sort((a, b) => a.at - b.at)
        const frames: AnyFrame[] = []
        let from = 0
        for (const { at, isPause } of sorted) {
          if (at > from) frames.push(data(text.subarray(from, at)))
          frames.push(isPause ? pause : flush)
          from = at
        }
        if (from < text.length) frames.push(data(text.subarray(from)))
        const found = await beginnings(filter()(watched(frames).body))
        assert.is(found.length, sorted.length)
        for (const [index, { at }] of sorted.entries()) {
          const read = decodeBeginning(found[index] ?? new Uint8Array())
          assert.ok(Buffer.from(read).equals(text.subarray(0, at)), `up to byte ${at}`)
        }
        const { bytes } = await record(filter()(watched(frames).body))
        assert.ok(Buffer.from(decode(bytes)).equals(text), 'the whole')
      }),
      30,
    )
  })

  each('a flush of nothing new sends nothing', async () => {
    const frames = [flush, data(utf8('a')), flush, flush, pause, flush, data(utf8('b'))]
    const { marks, bytes } = await record(filter()(watched(frames).body))
    assert.is(marks[0], 'flush@0')
    assert.is(marks[1], marks[2])
    assert.equal(decode(bytes), utf8('ab'))
  })

  each('the receipt of a flush goes on with it', async () => {
    let told: readonly unknown[] | undefined
    const frame: AnyFrame & { sent(...lost: unknown[]): void } = {
      kind: 'flush',
      sent: (...lost) => {
        told = lost
      },
    }
    await record(filter()(watched<AnyFrame>([data(utf8('a')), frame]).body))
    assert.equal(told, [])
  })

  each('a thousand rests, and the whole can be read', async () => {
    const messages = ticked(1000)
    const frames = messages.flatMap((each) => [data(each), pause])
    const { bytes } = await record(filter()(watched(frames).body))
    assert.equal(decode(bytes), concat(messages))
  })

  each('what is held leaves after maxDelayMs, while the source is quiet', async () => {
    for (const maxDelayMs of [0, 5]) {
      const source = handFed()
      const reading = pullFrom(delayed[coding]({ maxDelayMs })(source.body))
      const first = reading.pull()
      source.give(data(utf8('a')))
      const frame = await within(bound, first)
      assert.ok(frame !== undefined && isData(frame))
      assert.equal(decodeBeginning(frame.bytes), utf8('a'))
      await reading.close()
      assert.is(source.closes, 1)
    }
  })

  each('nobody reads: no more than four frames are pulled, and nothing is made', async () => {
    let pulls = 0
    const block = someText(65_536)
    const endless = {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          pulls++
          yield data(block)
        }
      },
    }
    const reading = pullFrom(filter()(endless))
    await turn(5)
    assert.is(pulls, 0)
    await within(bound, reading.pull())
    await turn(50)
    assert.ok(pulls <= 4, `${pulls} were pulled`)
    await reading.close()
  })

  each('leaving while it works frees the context', async () => {
    for (let i = 0; i < 50; i++) {
      const frames = [data(someText(70_000)), flush, data(someText(100)), flush]
      const reading = pullFrom(filter()(watched(frames, { later: i % 2 === 0 }).body))
      for (let taken = 0; taken < i % 4; taken++) await within(bound, reading.pull())
      const left = reading.pull()
      await within(bound, reading.close())
      await within(bound, left)
    }
    assert.equal(await zlibHandles(), noHandles)
  })

  each('an error of the source frees the context, and comes through', async () => {
    const error = new Error('the source broke')
    for (const length of [10, 70_000]) {
      const source = watched([data(someText(length)), flush], { error })
      const { end } = await record(filter()(source.body))
      assert.is(end?.error, error)
    }
    assert.equal(await zlibHandles(), noHandles)
  })

  each.run()
}

const places = suite('in place, and in the thread pool')

// A synchronous call holds every other connection: the more a level works, the less is left to one.
for (const { name, make, most } of [
  { name: 'gzip 6', make: () => gzip(), most: 32_768 },
  { name: 'gzip 7', make: () => gzip({ level: 7 }), most: 1024 },
  { name: 'deflate 9', make: () => deflate({ level: 9 }), most: 1024 },
  { name: 'brotli 5', make: () => brotli(), most: 32_768 },
  { name: 'brotli 6', make: () => brotli({ quality: 6 }), most: 8192 },
  { name: 'brotli 9', make: () => brotli({ quality: 9 }), most: 1024 },
  { name: 'brotli 11', make: () => brotli({ quality: 11 }), most: 1024 },
  ...(hasZstd
    ? [
        { name: 'zstd 3', make: () => zstd(), most: 32_768 },
        { name: 'zstd 7', make: () => zstd({ level: 7 }), most: 8192 },
        { name: 'zstd 19', make: () => zstd({ level: 19 }), most: 4096 },
      ]
    : []),
]) {
  const isAtOnce = async (frames: readonly AnyFrame[]) => {
    await turn()
    const reading = pullFrom(make()(watched(frames).body))
    const pulled = reading.pull()
    const found = !isPromiseLike(pulled)
    await within(bound, pulled)
    await within(bound, reading.close())
    return found
  }

  /** Of several tries: what is made at once is a promise all the same if the turn of the loop has lasted long. */
  const mayBeAtOnce = async (...frames: readonly AnyFrame[]) => {
    for (let tries = 0; tries < 10; tries++) if (await isAtOnce(frames)) return true
    return false
  }

  places(`${name}: ${most} bytes are compressed at once, one more elsewhere`, async () => {
    assert.ok(await mayBeAtOnce(data(someText(most))))
    assert.not(await mayBeAtOnce(data(someText(most + 1))))
    assert.equal(await zlibHandles(), noHandles)
  })

  if (name.startsWith('gzip') || name.startsWith('deflate'))
    places(`${name}: so are those before a flush`, async () => {
      assert.ok(await mayBeAtOnce(data(someText(most)), flush))
      assert.not(await mayBeAtOnce(data(someText(most + 1)), flush))
    })

  places(`${name}: others get their turn while more is compressed`, async () => {
    let turns = 0
    let isOver = false
    const count = () => {
      turns++
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    await within(bound, readBytes(make()(toBody(someText(most + 1)))))
    isOver = true
    assert.ok(turns > 0)
  })
}

places.run()

const ends = suite('trailers')

for (const { coding, filter } of codings)
  ends(
    `${coding}: data after the trailers is an error, and no data is lost before it`,
    async () => {
      const trailers: Trailers = { kind: 'trailers', fields: noFields }
      const frames: AnyFrame[] = [data(utf8('a')), trailers, data(utf8('LOST'))]
      const { end } = await record(filter()(watched(frames).body))
      assert.is(codeOf(end?.error), 'BODY_INVALID')
    },
  )

ends.run()

const rests = suite('resting')

/** A streaming context flushed at the same places: what others send. */
const contextBytes = async (messages: readonly Uint8Array[]): Promise<number> => {
  const stream = createGzip()
  let total = 0
  stream.on('data', (bytes: Uint8Array) => {
    total += bytes.length
  })
  for (const each of messages) {
    stream.write(each)
    await new Promise<void>((resolve) => stream.flush(constants.Z_SYNC_FLUSH, resolve))
  }
  // The callback of end() comes before the last bytes may have.
  await new Promise<void>((resolve) => stream.once('end', resolve).end())
  return total
}

const flushed = (messages: readonly Uint8Array[]) => messages.flatMap((each) => [data(each), flush])

/** Messages as applications log them, by a generator that gives the same ones each time. */
const logged = (count: number): readonly Uint8Array[] => {
  let state = 7
  const below = (bound: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % bound
  }
  return Array.from({ length: count }, (_, id) => {
    const user = ['ann', 'bob', 'eve', 'joe'][below(4)]
    const action = ['login', 'logout', 'buy', 'sell'][below(4)]
    const amount = (below(100_000) / 100).toFixed(2)
    const at = 1_700_000_000 + id * 37
    return utf8(`data: ${JSON.stringify({ id, user, action, amount, at })}\n\n`)
  })
}

for (const { what, messages, restBytes, percent } of [
  { what: '500 prices', messages: ticked(500), restBytes: 32_768, percent: 5 },
  { what: '500 events', messages: logged(500), restBytes: 32_768, percent: 5 },
  { what: '200 prices', messages: ticked(200), restBytes: 1024, percent: 10 },
  { what: '500 prices', messages: ticked(500), restBytes: 1024, percent: 15 },
  { what: '1,000 prices', messages: ticked(1000), restBytes: 1024, percent: 15 },
  { what: '500 events', messages: logged(500), restBytes: 1024, percent: 10 },
])
  rests(`${what}, ${restBytes} bytes kept: within ${percent} % of a context`, async () => {
    const wanted = await contextBytes(messages)
    const { bytes } = await record(gzip({ restBytes })(watched(flushed(messages)).body))
    assert.equal(new Uint8Array(gunzipSync(bytes)), concat(messages))
    const over = (bytes.length / wanted - 1) * 100
    assert.ok(over <= percent, `${bytes.length} bytes, ${over.toFixed(1)} % over ${wanted}`)
  })

rests('a long text with a flush now and then is within 5 % of a context', async () => {
  const text = someText(400_000)
  const parts = cutAt(text, [1000, 50_000, 90_000, 230_000])
  const wanted = await contextBytes(parts)
  const frames = parts.flatMap((each) => [data(each), flush])
  const { bytes } = await record(gzip()(watched(frames).body))
  assert.ok(bytes.length <= wanted * 1.05, `${bytes.length} bytes, the context's ${wanted}`)
})

/** Bytes without any order, by the same generator each time. */
const noise = (byteLength: number, below = 256): Uint8Array => {
  let state = 11
  return Uint8Array.from({ length: byteLength }, () => {
    state = (state * 48_271) % 2_147_483_647
    return (state >> 8) % below
  })
}

/** What has left at each flush is read up to it, and the whole at the end; says how long each was. */
const readAtEachFlush = async (
  messages: readonly Uint8Array[],
  options: DeflateOptions = {},
): Promise<readonly number[]> => {
  const found = await beginnings(gzip(options)(watched(flushed(messages)).body))
  const whole = concat(messages)
  let to = 0
  for (const [index, coded] of found.entries()) {
    to += messages[index]?.length ?? 0
    const read = gunzipSync(coded, { finishFlush: constants.Z_SYNC_FLUSH })
    assert.ok(read.equals(whole.subarray(0, to)), `message ${index}`)
    assert.equal([...coded.subarray(-4)], [0, 0, 0xff, 0xff], 'it does not end by a sync flush')
  }
  const { bytes } = await record(gzip(options)(watched(flushed(messages)).body))
  assert.ok(gunzipSync(bytes).equals(whole), 'the whole')
  return found.map((coded, index) => coded.length - (found[index - 1]?.length ?? 0))
}

rests('every byte, and matches of every length, are read at once', async () => {
  const text = noise(600)
  const every = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  const lengths = Array.from({ length: 300 }, (_, index) => text.subarray(200, 201 + index))
  const parts = Array.from({ length: 8 }, (_, index) => every.subarray(index * 32, index * 32 + 32))
  for (const each of lengths) {
    const [, coded = 0] = await readAtEachFlush([text, each])
    if (each.length > 2) assert.ok(coded < 14, `${each.length} bytes became ${coded}`)
  }
  await readAtEachFlush([...parts, ...parts])
})

rests('matches of every distance are read at once', async () => {
  const text = noise(2048)
  const places = Array.from({ length: 340 }, (_, index) => index * 6)
  for (const restBytes of [1024, 2048]) {
    const sizes = await readAtEachFlush([text, ...places.map((at) => text.subarray(at, at + 7))], {
      restBytes,
    })
    assert.is(sizes.length, 341)
  }
  for (let distance = 1; distance < 2048; distance += 7) {
    const start = text.length - distance
    const [, coded = 0] = await readAtEachFlush([text, text.subarray(start, start + 16)], {
      restBytes: 2048,
    })
    if (distance >= 16) assert.ok(coded < 14, `${coded} bytes at ${distance}`)
  }
})

rests('whatever the messages are, each is read when it has left', async () => {
  const source = concat([noise(30_000), noise(30_000, 3), someText(90_000)])
  const length = fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 600 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 80_000 }) },
  )
  const place = fc.record({ at: fc.integer({ min: 0, max: source.length - 1 }), length })
  await holds(
    fc.asyncProperty(
      fc.array(place, { minLength: 1, maxLength: 12 }),
      fc.nat(300),
      fc.constantFrom(0, 1, 5, 1024, 2048, 4096, 32_768),
      fc.integer({ min: 1, max: 9 }),
      async (places, back, restBytes, level) => {
        const once = places.map(({ at, length }) => source.subarray(at, at + length))
        // The same again, and from a little farther: what a match is found in.
        const again = places.map(({ at, length }) => {
          const from = Math.max(0, at - back)
          return source.subarray(from, from + length)
        })
        await readAtEachFlush([...once, ...again], { restBytes, level })
      },
    ),
    60,
  )
})

rests('what repeats itself is read at once, and is small', async () => {
  for (const period of [1, 2, 3, 7, 300]) {
    const text = Uint8Array.from({ length: 512 }, (_, index) => index % period)
    const sizes = await readAtEachFlush([text, text, text, text.subarray(0, 511), text])
    for (const size of sizes.slice(2)) assert.ok(size < 24, `${size} bytes, period ${period}`)
  }
})

rests('what is kept is a copy: the bytes of others can go', async () => {
  const { bytes } = await record(
    gzip({ restBytes: 4 })(
      (async function* () {
        const shared = new Uint8Array(8)
        for (let i = 0; i < 20; i++) {
          shared.fill(65 + i)
          yield data(shared)
          yield flush
        }
      })(),
    ),
  )
  const wanted = Array.from({ length: 20 }, (_, i) => new Uint8Array(8).fill(65 + i))
  assert.equal(new Uint8Array(gunzipSync(bytes)), concat(wanted))
})

const restedFile = async (name: string, filter = gzip()): Promise<string> => {
  const { bytes } = await record(
    filter(watched(ticked(1000).flatMap((each) => [data(each), pause])).body),
  )
  const file = join(tmpdir(), name)
  writeFileSync(file, bytes)
  return file
}

/** Reads a file by Python's zlib, which is told the wrapper by a number, and says how long the text is. */
const python = (wrapper: number): string =>
  [
    'import sys, zlib',
    `d = zlib.decompressobj(${wrapper})`,
    's = d.decompress(open(sys.argv[1], "rb").read()) + d.flush()',
    'assert d.eof and not d.unused_data',
    'print(len(s))',
  ].join('\n')

const programs = [
  { program: 'gunzip', args: ['-t'], name: 'rested.gz', filter: gzip() },
  { program: 'python3', args: ['-c', python(31)], name: 'rested-too.gz', filter: gzip() },
  { program: 'python3', args: ['-c', python(15)], name: 'rested.zlib', filter: deflate() },
]

for (const { program, args, name, filter } of programs) {
  const isHere = hasProgram(program)
  const withIt = isHere ? rests : rests.skip
  const unlessSkipped = isHere ? '' : ` (skipped: there is no ${program} here)`
  withIt(`${program} reads ${name}, which rested a thousand times${unlessSkipped}`, async () => {
    const file = await restedFile(name, filter)
    const output = execFileSync(program, [...args, file])
      .toString()
      .trim()
    if (output !== '') assert.is(Number(output), concat(ticked(1000)).length)
  })
}

rests('a message that changes few of many like cells refers to the one before', async () => {
  const cells = Array.from({ length: 150 }, (_, at) => (Math.imul(at + 1, 0x9e3779b1) >>> 16) & 1)
  const messages = Array.from({ length: 200 }, (_, count) => {
    for (const at of [count * 7, count * 31, count * 67]) cells[at % 150] = (count >>> 1) & 1
    return utf8(`data: {"cells":[${cells}]}\n\n`)
  })
  const coded = await readBytes(
    gzip()(toBody(messages.flatMap((bytes) => [data(bytes), flush]))),
    all,
  )
  assert.equal(new Uint8Array(gunzipSync(coded)), concat(messages))
  let sizeByZlib = 0
  for (const [index, bytes] of messages.entries()) {
    const dictionary = concat(messages.slice(Math.max(0, index - 5), index)).subarray(-1024)
    const options = dictionary.length === 0 ? {} : { dictionary }
    sizeByZlib += deflateRawSync(bytes, { ...options, finishFlush: constants.Z_SYNC_FLUSH }).length
  }
  assert.ok(coded.length < 1.3 * sizeByZlib, `${coded.length} bytes, by zlib ${sizeByZlib}`)
})

rests.run()

const options = suite('options')

for (const { name, make } of [
  { name: 'gzip level 0', make: () => gzip({ level: 0 }) },
  { name: 'gzip level 10', make: () => gzip({ level: 10 }) },
  { name: 'gzip level 1.5', make: () => gzip({ level: 1.5 }) },
  { name: 'deflate level NaN', make: () => deflate({ level: Number.NaN }) },
  { name: 'restBytes -1', make: () => gzip({ restBytes: -1 }) },
  { name: 'restBytes 32,769', make: () => gzip({ restBytes: 32_769 }) },
  { name: 'maxDelayMs NaN', make: () => gzip({ maxDelayMs: Number.NaN }) },
  { name: 'brotli quality 12', make: () => brotli({ quality: 12 }) },
  { name: 'brotli quality -1', make: () => brotli({ quality: -1 }) },
  { name: 'brotli maxDelayMs NaN', make: () => brotli({ maxDelayMs: Number.NaN }) },
])
  options(`${name} is refused at the call`, () => {
    throwsAtOnce(make, RangeError)
  })

options(
  'zstd is refused at the call where Node has none, and so is a level of 20 where it has',
  () => {
    throwsAtOnce(() => zstd({ level: 20 }), hasZstd ? RangeError : TypeError)
  },
)

options('a maxDelayMs below 0, of a fraction, and longer than a timer is taken', async () => {
  for (const maxDelayMs of [-1, 0.5, 2 ** 31, Number.POSITIVE_INFINITY])
    for (const make of [gzip, brotli])
      assert.ok((await readBytes(make({ maxDelayMs })(toBody('a'.repeat(1000))))).length > 0)
})

options('restBytes of 0 and of 32,768, levels 1 and 9 are taken', async () => {
  for (const restBytes of [0, 32_768])
    for (const level of [1, 9]) {
      const { bytes } = await record(gzip({ restBytes, level })(watched(flushed(ticked(500))).body))
      assert.equal(new Uint8Array(gunzipSync(bytes)), concat(ticked(500)))
    }
})

options('neighbours run in one loop, and a filter after it sees coded bytes', async () => {
  const twice = await readBytes(pipe(toBody('a'.repeat(1000)), gzip(), gzip()))
  assert.is(gunzipSync(gunzipSync(twice)).toString(), 'a'.repeat(1000))
})

options.run()
