import { PassThrough } from 'node:stream'
import { closeBody, data, isData, noFields, readText, toBody } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import {
  dropFlush,
  dropTrailers,
  filter,
  frameFilter,
  limitBytes,
  mapBytes,
  mapText,
  pipe,
  tap,
  through,
} from '@sluice/filter'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { record, words } from '../support/bodies/record.ts'
import { watched } from '../support/bodies/sources.ts'
import { holds } from '../support/holds.ts'
import { filterLaws } from '../support/laws/filter-laws.ts'
import { cutAt, cuts, textOf, utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { answerShapes } from '../support/server/answers.ts'
import type { AnyFrame, Body, Data, Frame, Trailers } from '@sluice/body'
import type { Filter } from '@sluice/filter'
import type { FilterUnderTest } from '../support/laws/filter-laws.ts'

const chunks = (...parts: readonly string[]): Data[] => parts.map((part) => data(utf8(part)))
const trailers: Trailers = { kind: 'trailers', fields: noFields }
const all: AnyFrame[] = [
  ...chunks('a'),
  { kind: 'flush' },
  { kind: 'own' },
  ...chunks('b'),
  trailers,
]
const broken = new Error('it broke')
const given = utf8('a é 漢 😀 z')

const filters: Readonly<Record<string, FilterUnderTest>> = {
  mapBytes: {
    filter: () => mapBytes((bytes) => bytes.map((byte) => byte ^ 1)),
    given,
    wanted: given.map((byte) => byte ^ 1),
  },
  'mapBytes, later': {
    filter: () => mapBytes(async (bytes) => bytes.map((byte) => byte ^ 1)),
    given,
    wanted: given.map((byte) => byte ^ 1),
  },
  mapText: {
    filter: () => mapText((part) => part.toUpperCase()),
    given,
    wanted: utf8('A É 漢 😀 Z'),
  },
  limitBytes: { filter: () => limitBytes({ maxBytes: given.length }), given, wanted: given },
  tap: { filter: () => tap(() => ({})), given, wanted: given },
  dropFlush: { filter: () => dropFlush, given, wanted: given, drops: ['flush'] },
  dropTrailers: { filter: () => dropTrailers, given, wanted: given, drops: ['trailers'] },
}

for (const [name, under] of Object.entries(filters)) {
  const laws = suite(`the frame laws: ${name}`)
  for (const law of filterLaws(under)) laws(law.name, law.run)
  laws.run()
}

const mapping = suite('mapBytes')

mapping('it may give more, fewer and none, at once and later', async () => {
  for (const later of [false, true]) {
    const map = mapBytes((bytes) => {
      const mapped = bytes[0] === 98 ? new Uint8Array() : utf8(`${textOf(bytes)}!`)
      return later ? Promise.resolve(mapped) : mapped
    })
    assert.equal(await words(map(watched(chunks('a', 'b', 'c')).body)), [
      'data a!',
      'data c!',
      'end',
    ])
  }
})

mapping('byteLength is dropped', () => {
  assert.is(mapBytes((bytes) => bytes)(toBody('a')).byteLength, undefined)
})

mapping.run()

const texts = suite('mapText')

texts('a character is mapped whole, wherever its bytes were cut', async () => {
  const seen: string[] = []
  const look = mapText((part) => {
    seen.push(part)
    return part
  })
  for (const { pieces, name } of cuts(utf8('é漢😀'))) {
    const { bytes } = await record(look(watched(pieces.map(data)).body))
    assert.is(textOf(bytes), 'é漢😀', name)
  }
  for (const part of seen) assert.not.match(part, /\ufffd|^$/)
})

texts('a flush does not break the character that it stands in', async () => {
  const [first, second] = cutAt(utf8('é'), [1])
  if (first === undefined || second === undefined) throw new Error('not cut')
  const frames: Frame[] = [data(first), { kind: 'flush' }, data(second)]
  assert.equal(await words(mapText((part) => part)(watched(frames).body)), [
    'flush',
    'data é',
    'end',
  ])
})

texts('half a character at the end, and before the trailers, becomes U+FFFD once', async () => {
  const half = data(Uint8Array.of(0xc3))
  const same = mapText((part) => part)
  assert.equal(await words(same(watched<Frame>([half]).body)), ['data \ufffd', 'end'])
  assert.equal(await words(same(watched<Frame>([half, trailers]).body)), [
    'data \ufffd',
    'trailers',
    'end',
  ])
})

texts('ill-formed bytes become U+FFFD as a whole would, at every cut', async () => {
  const ill = Uint8Array.of(97, 0xff, 0xe6, 0xbc, 98, 0xf0, 0x9f, 0x98)
  const wanted = new TextDecoder().decode(ill)
  for (const { pieces, name } of cuts(ill))
    assert.is(await readText(mapText((part) => part)(watched(pieces.map(data)).body)), wanted, name)
})

texts('a byte order mark stays', async () => {
  const { bytes } = await record(mapText((part) => part)(toBody('\ufeffa')))
  assert.equal(bytes, utf8('\ufeffa'))
})

texts('each body has its own state', async () => {
  const same = mapText((part) => part)
  await record(same(watched([data(Uint8Array.of(0xc3))]).body))
  assert.is(await readText(same(toBody('a'))), 'a')
})

texts('an error in map fails the body', async () => {
  const source = watched(chunks('a'))
  const fail = mapText(() => {
    throw broken
  })
  await rejects(() => readText(fail(source.body)), broken)
  assert.is(source.closes, 1)
})

texts.run()

const limiting = suite('limitBytes')

for (const { pieces, name } of cuts(utf8('abcd'))) {
  limiting(`${name}: at and under maxBytes everything passes`, async () => {
    for (const maxBytes of [4, 5, Number.POSITIVE_INFINITY])
      assert.is(await readText(limitBytes({ maxBytes })(watched(pieces.map(data)).body)), 'abcd')
  })
  limiting(
    `${name}: one byte over it, what is allowed passes, then it fails and closes`,
    async () => {
      for (const later of [false, true]) {
        const source = watched(pieces.map(data), { later })
        const { bytes, end } = await record(limitBytes({ maxBytes: 3 })(source.body))
        assert.is(textOf(bytes), 'abc')
        await rejects(() => Promise.reject(end?.error), 'BODY_TOO_LARGE')
        assert.is(source.closes, 1)
      }
    },
  )
}

limiting('maxBytes 0 lets an empty body pass, and no byte', async () => {
  const none = limitBytes({ maxBytes: 0 })
  assert.is(await readText(none(watched(chunks('', '')).body)), '')
  assert.equal(await words(none(toBody('a'))), ['error BODY_TOO_LARGE'])
})

limiting('byteLength is kept, and not believed', async () => {
  const small = watched(chunks('ab'), { byteLength: 1 }).body
  const limited = limitBytes({ maxBytes: 1 })(small)
  assert.is(limited.byteLength, 1)
  assert.equal(await words(limited), ['data a', 'error BODY_TOO_LARGE'])
})

limiting('each body has its own count', async () => {
  const limit = limitBytes({ maxBytes: 1 })
  assert.is(await readText(limit(toBody('a'))), 'a')
  assert.is(await readText(limit(toBody('b'))), 'b')
})

for (const maxBytes of [-1, 0.5, Number.NaN])
  limiting(`maxBytes ${maxBytes} is refused at the call`, () => {
    throwsAtOnce(() => limitBytes({ maxBytes }), RangeError)
  })

limiting.run()

const tapping = suite('tap')

tapping('the listener sees every frame, the very same, before it is passed on', async () => {
  const seen: AnyFrame[] = []
  const listen = tap(() => ({ frame: (frame) => void seen.push(frame) }))
  const reading = pullFrom(listen(watched(all).body))
  for (const [i, frame] of all.entries()) {
    assert.is(reading.pull(), frame)
    assert.is(seen[i], frame)
    assert.is(seen.length, i + 1)
  }
  assert.is(reading.pull(), undefined)
})

tapping('close is told once: ended, left early, failed', async () => {
  const told: boolean[] = []
  const listen = tap(() => ({ close: (ended) => void told.push(ended) }))
  await record(listen(watched(all).body))
  await record(listen(watched(all, { error: broken }).body))
  const reading = pullFrom(listen(watched(all).body))
  await reading.pull()
  await reading.close()
  await reading.close()
  assert.equal(told, [true, false, false])
})

tapping('listen is called once a body, and not for one that is never pulled', async () => {
  let calls = 0
  const listen = tap(() => {
    calls++
    return {}
  })
  await closeBody(listen(toBody('a')))
  assert.is(calls, 0)
  await record(listen(toBody('a')))
  await record(listen(toBody('a')))
  assert.is(calls, 2)
})

tapping('byteLength is kept; an error of the listener fails the body', async () => {
  const listen = tap(() => ({
    frame() {
      throw broken
    },
  }))
  const body = listen(toBody('a'))
  assert.is(body.byteLength, 1)
  await rejects(() => readText(body), broken)
})

tapping.run()

const dropping = suite('dropFlush, dropTrailers')

dropping('they drop what they say and nothing else, and keep byteLength', async () => {
  assert.equal(await words(dropFlush(watched(all).body)), [
    'data a',
    'own',
    'data b',
    'trailers',
    'end',
  ])
  assert.equal(await words(dropTrailers(watched(all).body)), [
    'data a',
    'flush',
    'own',
    'data b',
    'end',
  ])
  assert.is(dropFlush(toBody('a')).byteLength, 1)
  assert.is(dropTrailers(toBody('a')).byteLength, 1)
})

dropping.run()

const piping = suite('pipe')

piping('without filters the body is given back', () => {
  const body = toBody('a')
  assert.is(pipe(body), body)
})

piping('filters run in the order in which they stand', async () => {
  const add = (what: string): Filter => mapText((part) => part + what)
  for (const count of [1, 5, 6, 12]) {
    const names = Array.from({ length: count }, (_, i) => String(i % 10))
    assert.is(await readText(pipe(toBody('>'), ...names.map(add))), `>${names.join('')}`)
  }
})

piping('a body that pipe has taken is read by nobody else', async () => {
  const source = toBody('a')
  const first = pipe(source, dropFlush)
  const second = pipe(first, dropTrailers)
  assert.is(await readText(second), 'a')
  throwsAtOnce(() => pullFrom(first), 'BODY_USED')
  throwsAtOnce(() => pullFrom(source), 'BODY_USED')
  throwsAtOnce(() => second[Symbol.asyncIterator](), 'BODY_USED')
})

piping('two filters on one body: the first to be read reads, the second is refused', async () => {
  const source = toBody('a')
  const [first, second] = [pipe(source, dropFlush), pipe(source, dropTrailers)]
  assert.is(await readText(first), 'a')
  await rejects(() => readText(second), 'BODY_USED')
})

piping('a plain function is a filter', async () => {
  const twice = async function* (body: Body<Frame>): AsyncGenerator<Frame> {
    for await (const frame of body) {
      yield frame
      if (isData(frame)) yield frame
    }
  }
  assert.is(await readText(pipe(toBody('a'), dropFlush, twice, twice, dropTrailers)), 'aaaa')
  assert.is(await readText(pipe(toBody('a'), (body) => body)), 'a')
})

piping.run()

const stacks = suite('stacks of filters')

const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 1)
const holding = (atLeast: number, give: (typeof answerShapes)[number]['give']): Filter =>
  filter('holding', () => {
    let held: number[] = []
    const release = () => {
      const bytes = Uint8Array.from(held)
      held = []
      return bytes.length === 0 ? undefined : give(bytes)
    }
    return {
      data(bytes) {
        held.push(...bytes)
        return held.length < atLeast ? undefined : release()
      },
      release,
    }
  })

/** Filters whose bytes out are a function of the bytes in, and which let go everything at a flush. */
const layer = fc.oneof(
  fc.constant((body: Body<AnyFrame>) => mapBytes(flip)(body)),
  fc.constant((body: Body<AnyFrame>) => tap(() => ({}))(body)),
  fc.constant((body: Body<AnyFrame>) => through(() => new TransformStream())(body)),
  fc.constant((body: Body<AnyFrame>) => through(() => new PassThrough())(body)),
  fc.constantFrom(...answerShapes).map(
    ({ give }) =>
      (body: Body<AnyFrame>) =>
        filter('shape', () => ({ data: (bytes) => give(flip(bytes)) }))(body),
  ),
  fc.constantFrom(...answerShapes).map(
    ({ give }) =>
      (body: Body<AnyFrame>) =>
        frameFilter('frames', () => ({ frame: (frame) => give(frame) }))(body),
  ),
  fc.tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom(...answerShapes)).map(
    ([atLeast, { give }]) =>
      (body: Body<AnyFrame>) =>
        holding(atLeast, give)(body),
  ),
  fc.constant(async function* (body: Body<AnyFrame>): AsyncGenerator<AnyFrame> {
    for await (const frame of body) yield frame
  }),
)

const content = fc.array(
  fc.oneof(
    {
      arbitrary: fc
        .uint8Array({ minLength: 1, maxLength: 6 })
        .map((bytes): AnyFrame => data(bytes)),
      weight: 3,
    },
    { arbitrary: fc.constantFrom<AnyFrame>({ kind: 'flush' }, { kind: 'own' }), weight: 1 },
  ),
  { maxLength: 12 },
)

/** The same content, its runs of data joined and cut anew. */
const recut = (frames: readonly AnyFrame[], size: number): AnyFrame[] => {
  const made: AnyFrame[] = []
  let run: number[] = []
  const cut = () => {
    for (let at = 0; at < run.length; at += size)
      made.push(data(Uint8Array.from(run.slice(at, at + size))))
    run = []
  }
  for (const frame of frames)
    if (isAnyData(frame)) run.push(...frame.bytes)
    else {
      cut()
      made.push(frame)
    }
  cut()
  return made
}

const isAnyData = (frame: AnyFrame): frame is Data => isData(frame)

stacks(
  'bytes out do not depend on cuts, and marks stand at the same bytes, at any depth',
  async () => {
    await holds(
      fc.asyncProperty(
        fc.array(layer, { maxLength: 8 }),
        content,
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        fc.boolean(),
        async (layers, frames, size, later, ended) => {
          const recorded = (given: readonly AnyFrame[]) =>
            record(
              layers.reduce<Body<AnyFrame>>(
                (body, each) => pipe(body, each),
                watched(ended ? [...given, trailers] : given, { later }).body,
              ),
            )
          const [one, two] = [await recorded(frames), await recorded(recut(frames, size))]
          assert.is(one.end, undefined)
          assert.is(two.end, undefined)
          assert.equal(two.bytes, one.bytes)
          assert.equal(two.marks, one.marks)
          const bare = await record(watched(ended ? [...frames, trailers] : frames).body)
          assert.equal(one.marks, bare.marks, 'every mark is where it was')
        },
      ),
      300,
    )
  },
)

stacks('one filter on another by hand is the same as pipe', async () => {
  await holds(
    fc.asyncProperty(fc.array(layer, { maxLength: 6 }), content, async (layers, frames) => {
      const byHand = layers.reduce<Body<AnyFrame>>((body, each) => each(body), watched(frames).body)
      const piped = layers.reduce<Body<AnyFrame>>(
        (body, each) => pipe(body, each),
        watched(frames).body,
      )
      const [one, two] = [await record(byHand), await record(piped)]
      assert.equal(one.bytes, two.bytes)
      assert.equal(one.marks, two.marks)
      assert.is(one.frames.length, two.frames.length)
    }),
    200,
  )
})

stacks(
  'left anywhere, everything is closed once and every flush that came is told once',
  async () => {
    await holds(
      fc.asyncProperty(
        fc.array(layer, { maxLength: 6 }),
        content,
        fc.nat(20),
        fc.boolean(),
        async (layers, frames, taken, later) => {
          const told = new Map<AnyFrame, number>()
          const given: AnyFrame[] = frames.map((frame) => {
            if (frame.kind !== 'flush') return frame
            const flush: Frame = {
              kind: 'flush',
              sent: () => void told.set(flush, (told.get(flush) ?? 0) + 1),
            }
            return flush
          })
          const source = watched(given, { later })
          const reading = pullFrom(
            layers.reduce<Body<AnyFrame>>((body, each) => pipe(body, each), source.body),
          )
          let ended = false
          const seen = new Set<AnyFrame>()
          for (let i = 0; i < taken && !ended; i++) {
            const frame = await reading.pull()
            if (frame === undefined) ended = true
            else seen.add(frame)
          }
          const { pulls } = source
          await reading.close()
          assert.is(await reading.pull(), undefined)
          assert.ok(source.ended || ended ? source.closes <= 1 : source.closes === 1)
          const came = given.slice(0, pulls).filter(({ kind }) => kind === 'flush')
          for (const flush of came)
            assert.is((told.get(flush) ?? 0) + (seen.has(flush) ? 1 : 0), 1, 'seen or told')
        },
      ),
      300,
    )
  },
)

stacks.run()
