// @slow 10
import '../support/steady-turns.ts'
import { Duplex, PassThrough, Transform } from 'node:stream'
import { createGzip, gunzipSync } from 'node:zlib'
import { data, noFields, readText, toBody } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { mapText, pipe, through } from '@sluice/filter'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watchRejections } from '../support/bodies/left-over.ts'
import { record, words } from '../support/bodies/record.ts'
import { handFed, watched } from '../support/bodies/sources.ts'
import { filterLaws } from '../support/laws/filter-laws.ts'
import { cuts, utf8 } from '../support/parsing/cuts.ts'
import { rejects } from '../support/rejects.ts'
import { stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Data, Flush, Frame, Trailers } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'
import type { FilterUnderTest } from '../support/laws/filter-laws.ts'

const given = utf8('abcdef')
const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 1)
const flipped = flip(given)
const broken = new Error('it broke')
const chunks = (...parts: readonly string[]): Data[] => parts.map((part) => data(utf8(part)))
const flush: Flush = { kind: 'flush' }
const trailers: Trailers = { kind: 'trailers', fields: noFields }

const drain = async (reading: Pull<AnyFrame>): Promise<void> => {
  while ((await within(2000, reading.pull())) !== undefined);
}

const webFlip = () =>
  new TransformStream<Uint8Array, Uint8Array>({
    transform: (bytes, controller) => controller.enqueue(flip(bytes)),
  })

const nodeFlip = () =>
  new Transform({
    transform: (bytes, _encoding, done) => done(null, flip(bytes)),
  })

const under: Readonly<Record<string, FilterUnderTest>> = {
  'a TransformStream': { filter: () => through(webFlip), given, wanted: flipped },
  'a TransformStream that takes its time': {
    filter: () =>
      through(
        () =>
          new TransformStream<Uint8Array, Uint8Array>({
            async transform(bytes, controller) {
              await turn()
              controller.enqueue(flip(bytes))
            },
          }),
      ),
    given,
    wanted: flipped,
  },
  'a TransformStream that gives many for one': {
    filter: () =>
      through(
        () =>
          new TransformStream<Uint8Array, Uint8Array>({
            transform(bytes, controller) {
              for (const byte of bytes) {
                controller.enqueue(new Uint8Array())
                controller.enqueue(Uint8Array.of(byte ^ 1))
              }
            },
          }),
      ),
    given,
    wanted: flipped,
  },
  'two TransformStreams as a pair': {
    filter: () =>
      through(() => {
        const first = webFlip()
        return {
          writable: first.writable,
          readable: first.readable.pipeThrough(new TransformStream()),
        }
      }),
    given,
    wanted: flipped,
  },
  'a TransformStream of strings': {
    filter: () => through(() => new TextDecoderStream()),
    given,
    wanted: given,
  },
  'a Transform': { filter: () => through(nodeFlip), given, wanted: flipped },
  'a Transform that takes its time': {
    filter: () =>
      through(
        () =>
          new Transform({
            transform: (bytes, _encoding, done) => setImmediate(() => done(null, flip(bytes))),
          }),
      ),
    given,
    wanted: flipped,
  },
  'a Transform that gives many for one, over its mark': {
    filter: () =>
      through(
        () =>
          new Transform({
            readableHighWaterMark: 1,
            writableHighWaterMark: 1,
            transform(bytes: Uint8Array, _encoding, done) {
              for (const byte of bytes) this.push(Uint8Array.of(byte ^ 1))
              done()
            },
          }),
      ),
    given,
    wanted: flipped,
  },
  'a Transform with an encoding': {
    filter: () => through(() => new PassThrough({ encoding: 'utf8' })),
    given,
    wanted: given,
  },
  'a PassThrough': { filter: () => through(() => new PassThrough()), given, wanted: given },
  'a Duplex of two sides': {
    filter: () =>
      through(() => {
        const side = new PassThrough()
        return Duplex.from({ readable: side, writable: side })
      }),
    given,
    wanted: given,
  },
  'a transform of a transform': {
    filter: () => (body) => pipe(body, through(webFlip), through(nodeFlip), through(webFlip)),
    given,
    wanted: flipped,
  },
}

for (const [name, each] of Object.entries(under)) {
  const laws = suite(`the frame laws: through ${name}`)
  for (const law of filterLaws(each)) laws(law.name, law.run)
  laws.run()
}

const gzips: Readonly<Record<string, FilterUnderTest>> = {
  CompressionStream: {
    filter: () => through(() => new CompressionStream('gzip')),
    given,
    wanted: given,
    read: gunzipSync,
    holds: true,
  },
  createGzip: {
    filter: () => through(() => createGzip()),
    given,
    wanted: given,
    read: gunzipSync,
    holds: true,
  },
}

for (const [name, each] of Object.entries(gzips)) {
  const laws = suite(`the frame laws: through ${name}`)
  for (const law of filterLaws(each)) laws(law.name, law.run)
  laws.run()
}

const order = suite('through: order')

const makers: Readonly<Record<string, () => ReturnType<typeof webFlip> | Transform>> = {
  TransformStream: webFlip,
  Transform: nodeFlip,
}

for (const [name, make] of Object.entries(makers)) {
  order(`${name}: every flush stands at its byte, at every cut`, async () => {
    for (const { pieces, name: cut } of cuts(given)) {
      const frames = pieces.flatMap((piece): Frame[] => [data(piece), flush])
      const recorded = await record(through(make)(watched(frames, { later: true }).body))
      let offset = 0
      const wanted = pieces.map((piece) => {
        offset += piece.length
        return `flush@${offset}`
      })
      assert.equal(recorded.marks, wanted, cut)
      assert.equal(recorded.bytes, flipped, cut)
    }
  })

  order(`${name}: the end of the transform comes before the trailers`, async () => {
    const body = through(() =>
      name === 'Transform'
        ? new Transform({
            transform: (bytes, _encoding, done) => done(null, bytes),
            flush: (done) => setImmediate(() => done(null, '!')),
          })
        : new TransformStream<Uint8Array, Uint8Array>({
            async flush(controller) {
              await turn()
              controller.enqueue(utf8('!'))
            },
          }),
    )
    assert.equal(await words(body(watched<Frame>([...chunks('a'), trailers]).body)), [
      'data a',
      'data !',
      'trailers',
      'end',
    ])
    assert.equal(await words(body(watched<Frame>([trailers]).body)), ['data !', 'trailers', 'end'])
    assert.equal(await words(body(watched<Frame>([]).body)), ['data !', 'end'])
  })

  order(`${name}: what it gives by itself, while the source is quiet, comes at once`, async () => {
    let give = (_bytes: Uint8Array): void => {}
    const source = handFed<Frame>()
    const body = through(() => {
      if (name === 'Transform') {
        const transform = new PassThrough()
        give = (bytes) => transform.push(bytes)
        return transform
      }
      return new TransformStream<Uint8Array, Uint8Array>({
        start(controller) {
          give = (bytes) => controller.enqueue(bytes)
        },
      })
    })
    const reading = pullFrom(body(source.body))
    const pending = reading.pull()
    await turn()
    give(utf8('x'))
    const frame = await within(1000, pending)
    assert.is(frame?.kind, 'data')
    await reading.close()
  })
}

order('what follows in the next turn on what it gave by itself leaves before a flush', async () => {
  let give = (_text: string): void => {}
  const source = handFed<Frame>()
  const body = through(
    () =>
      new TransformStream<Uint8Array, Uint8Array>({
        start(controller) {
          give = (what) => controller.enqueue(utf8(what))
        },
      }),
  )
  const reading = pullFrom(body(source.body))
  const first = Promise.resolve(reading.pull())
  await turn()
  give('x')
  assert.is((await within(1000, first))?.kind, 'data')
  setImmediate(() => give('y'))
  source.give(flush)
  assert.is((await within(1000, reading.pull()))?.kind, 'data')
  assert.is((await within(1000, reading.pull()))?.kind, 'flush')
  await reading.close()
})

order('frames that it gives pass, and a flush among them that is not taken is told', async () => {
  const told: unknown[] = []
  const own: Flush = { kind: 'flush', sent: (reason) => told.push(reason) }
  const stream = new PassThrough({ objectMode: true })
  const source = watched<Frame>([flush, flush])
  const reading = pullFrom(through(() => stream)(source.body))
  assert.is(await within(1000, reading.pull()), flush)
  stream.push(own)
  await turn(2)
  await reading.close()
  assert.is(told.length, 1)
  await rejects(() => Promise.reject(told[0]), 'FLUSH_LOST')
})

order('a frame behind the trailers is an error', async () => {
  const source = watched<Frame>([trailers, ...chunks('a')])
  const body = through(webFlip)(source.body)
  assert.equal(await words(body), ['trailers', 'error BODY_INVALID'])
  assert.is(source.closes, 1)
})

order('text is read by other filters as if it had not been cut', async () => {
  const body = pipe(
    toBody(['é漢', '😀']),
    through(() => new PassThrough({ encoding: 'utf8' })),
    mapText((part) => part.toUpperCase()),
  )
  assert.is(await readText(body), 'É漢😀')
})

order('a hundred thousand flushes neither overflow nor starve timers', async () => {
  let timer = false
  setTimeout(() => {
    timer = true
  }, 0)
  const frames: Frame[] = Array.from({ length: 100_000 }, () => flush)
  const { marks, bytes } = await within(
    20_000,
    record(through(webFlip)(watched([...chunks('a'), ...frames, ...chunks('b')]).body)),
  )
  assert.is(marks.length, 100_000)
  assert.is(bytes.length, 2)
  assert.ok(timer)
})

order.run()

const demand = suite('through: demand')

demand('it is made at the first pull, once a body', async () => {
  let made = 0
  const filter = through(() => {
    made++
    return webFlip()
  })
  const body = filter(watched(chunks('a', 'b')).body)
  const reading = pullFrom(body)
  await turn()
  assert.is(made, 0)
  await drain(reading)
  assert.is(made, 1)
})

for (const [name, make] of Object.entries(makers)) {
  demand(`${name}: a stalled reader stops the source`, async () => {
    const endless = function* () {
      for (;;) yield data(new Uint8Array(65_536))
    }
    const source = watched(endless())
    const reading = pullFrom(through(make)(source.body))
    for (let i = 0; i < 10; i++) await within(1000, reading.pull())
    const before = source.pulls
    assert.ok(before <= 12, `${before} pulls for 10 frames`)
    await turn(20)
    assert.is(source.pulls, before)
    await reading.close()
    assert.is(source.closes, 1)
  })

  demand(`${name}: one frame is written at a time`, async () => {
    let at = 0
    let most = 0
    const slow = async () => {
      at++
      most = Math.max(most, at)
      await turn(2)
      at--
    }
    const filter = through(() =>
      name === 'Transform'
        ? new Transform({
            highWaterMark: 1_000_000,
            transform(bytes, _encoding, done) {
              slow().then(() => done(null, bytes))
            },
          })
        : new TransformStream<Uint8Array, Uint8Array>({
            async transform(bytes, controller) {
              await slow()
              controller.enqueue(bytes)
            },
          }),
    )
    assert.is(await readText(filter(watched(chunks('a', 'b', 'c')).body)), 'abc')
    assert.is(most, 1)
  })
}

demand('an endless answer to one frame is read as it is asked for', async () => {
  let pushed = 0
  const source = watched(chunks('a', 'b'))
  const filter = through(() =>
    Duplex.from(async function* (input: AsyncIterable<Uint8Array>) {
      for await (const _ of input) for (;;) yield Buffer.from(String(pushed++))
    }),
  )
  const reading = pullFrom(filter(source.body))
  for (let i = 0; i < 5; i++) await within(1000, reading.pull())
  await turn(20)
  assert.ok(pushed < 100, `${pushed} pushed`)
  await reading.close()
})

demand.run()

const failing = suite('through: errors')

const listeners = (stream: Duplex): number =>
  stream.eventNames().reduce((sum, event) => sum + stream.listenerCount(event), 0)

/** A Duplex has listeners of its own. */
const watchedDuplex = (stream: Duplex) => {
  const before = listeners(stream)
  return { stream, left: () => listeners(stream) - before }
}

const broke: Readonly<Record<string, () => Parameters<typeof through>[0]>> = {
  'in transform of a TransformStream': () => () =>
    new TransformStream({
      transform() {
        throw broken
      },
    }),
  'in a late transform of a TransformStream': () => () =>
    new TransformStream({
      async transform() {
        await turn()
        throw broken
      },
    }),
  'by error() of a TransformStream': () => () =>
    new TransformStream({
      transform: (_bytes, controller) => controller.error(broken),
    }),
  'in flush of a TransformStream': () => () =>
    new TransformStream({
      flush() {
        throw broken
      },
    }),
  'in transform of a Transform': () => () =>
    new Transform({ transform: (_bytes, _encoding, done) => done(broken) }),
  'in a late transform of a Transform': () => () =>
    new Transform({ transform: (_bytes, _encoding, done) => setImmediate(() => done(broken)) }),
  'in flush of a Transform': () => () =>
    new Transform({
      transform: (bytes, _encoding, done) => done(null, bytes),
      flush: (done) => done(broken),
    }),
  'by destroy of a Transform': () => () => {
    const stream = new PassThrough()
    setImmediate(() => stream.destroy(broken))
    return stream
  },
  'in making it': () => () => {
    throw broken
  },
}

for (const [where, make] of Object.entries(broke))
  for (const later of [false, true])
    failing(
      `${where}${later ? ', source later' : ''}: it is told, and the source closed once`,
      async () => {
        const caught = watchRejections()
        const told: unknown[] = []
        const lost: Flush = { kind: 'flush', sent: (reason) => told.push(reason) }
        const source = watched<Frame>([...chunks('a', 'b'), lost], { later })
        const reading = pullFrom(through(make())(source.body))
        await rejects(() => drain(reading), broken)
        assert.is(await reading.pull(), undefined)
        await reading.close()
        await turn(3)
        assert.ok(source.closes === 1 || source.ended)
        assert.equal(caught.reasons, [])
        caught.stop()
      },
    )

failing('of the source: it is told, and the TransformStream is aborted', async () => {
  for (const later of [false, true]) {
    const pair = webFlip()
    const aborted: unknown[] = []
    const sink = new WritableStream<Uint8Array>({ abort: (reason) => void aborted.push(reason) })
    const filter = through(() => ({ readable: pair.readable, writable: sink }))
    const source = watched(chunks('a'), { error: broken, later })
    const reading = pullFrom(filter(source.body))
    await rejects(() => drain(reading), broken)
    await turn()
    assert.equal(aborted, [broken])
  }
})

failing(
  'of the source: it is told behind what came before, and the Transform is destroyed',
  async () => {
    for (const later of [false, true]) {
      const { stream, left } = watchedDuplex(new PassThrough())
      const source = watched(chunks('a'), { error: broken, later })
      assert.equal(await words(through(() => stream)(source.body)), ['data a', 'error it broke'])
      assert.ok(stream.destroyed)
      await turn(2)
      assert.is(left(), 0)
    }
  },
)

failing('a Duplex that closes before its end is no end', async () => {
  const stream = new PassThrough()
  const source = handFed<Data>()
  const reading = pullFrom(through(() => stream)(source.body))
  const pending = Promise.resolve(reading.pull())
  await turn()
  stream.destroy()
  await rejects(() => within(1000, pending), 'BODY_ENDED_EARLY')
  assert.is(source.closes, 1)
})

failing('what is neither is refused, and the source closed', async () => {
  for (const wrong of [{}, null, 'stream', new ReadableStream(), { readable: 1, writable: 2 }]) {
    const source = watched(chunks('a'))
    const filter: ReturnType<typeof through> = Reflect.apply(through, undefined, [() => wrong])
    await rejects(() => drain(pullFrom(filter(source.body))), TypeError)
    assert.is(source.closes, 1)
  }
})

failing('a transform that is given twice is refused the second time', async () => {
  const pair = webFlip()
  const filter = through(() => pair)
  assert.is(await readText(filter(toBody('a'))), '`')
  await rejects(() => readText(filter(toBody('a'))), Error)
})

failing('what it gives that is no bytes is an error', async () => {
  const filter = through(
    () =>
      new TransformStream({
        transform: (_bytes, controller) => controller.enqueue({ a: 1 }),
      }),
  )
  const source = watched(chunks('a'))
  assert.equal(await words(filter(source.body)), ['error BODY_INVALID'])
  assert.is(source.closes, 1)
})

failing.run()

const ending = suite('through: a transform that ends by itself')

for (const later of [false, true]) {
  ending(
    `a terminated TransformStream ends the body and closes the source${later ? ', later' : ''}`,
    async () => {
      const caught = watchRejections()
      const filter = through(
        () =>
          new TransformStream<Uint8Array, Uint8Array>({
            transform(bytes, controller) {
              controller.enqueue(bytes)
              controller.terminate()
            },
          }),
      )
      const source = watched<Frame>(chunks('a', 'b', 'c'), { later })
      assert.equal(await words(filter(source.body)), ['data a', 'end'])
      assert.is(source.closes, 1)
      await turn(3)
      assert.equal(caught.reasons, [])
      caught.stop()
    },
  )

  ending(
    `a Transform that pushes null ends the body and closes the source${later ? ', later' : ''}`,
    async () => {
      const { stream, left } = watchedDuplex(
        new Transform({
          transform(bytes, _encoding, done) {
            this.push(bytes)
            this.push(null)
            done()
          },
        }),
      )
      const source = watched<Frame>(chunks('a', 'b', 'c'), { later })
      assert.equal(await words(through(() => stream)(source.body)), ['data a', 'end'])
      assert.is(source.closes, 1)
      assert.ok(stream.destroyed)
      await turn(2)
      assert.is(left(), 0)
    },
  )
}

ending('a flush that waits is told that it is lost', async () => {
  const told: unknown[] = []
  const lost: Flush = { kind: 'flush', sent: (reason) => told.push(reason) }
  const filter = through(
    () =>
      new TransformStream<Uint8Array, Uint8Array>({
        transform: (_bytes, controller) => controller.terminate(),
      }),
  )
  const source = watched<Frame>([...chunks('a'), lost, ...chunks('b')])
  const found = await words(filter(source.body))
  assert.is(found.at(-1), 'end')
  // Whether it was pulled before the end came is the transform's affair; if it was, it is told.
  assert.is(told.length, found.includes('flush') || source.pulls < 2 ? 0 : 1)
})

ending.run()

const leaving = suite('through: leaving early')

for (const later of [false, true])
  leaving(
    `after each frame the TransformStream is cancelled and aborted${later ? ', later' : ''}`,
    async () => {
      const caught = watchRejections()
      for (let taken = 1; taken <= 3; taken++) {
        const seen: string[] = []
        const inner = webFlip()
        const writer = inner.writable.getWriter()
        const reader = inner.readable.getReader()
        const filter = through(() => ({
          writable: new WritableStream<Uint8Array>({
            write: (bytes) => writer.write(bytes),
            abort: () => {
              seen.push('aborted')
            },
          }),
          readable: new ReadableStream<Uint8Array>({
            async pull(controller) {
              const { value } = await reader.read()
              if (value !== undefined) controller.enqueue(value)
            },
            cancel: () => {
              seen.push('cancelled')
            },
          }),
        }))
        const source = watched<Frame>([...chunks('a'), flush, ...chunks('b', 'c')], { later })
        const reading = pullFrom(filter(source.body))
        for (let i = 0; i < taken; i++) await within(1000, reading.pull())
        await within(1000, reading.close())
        await reading.close()
        assert.is(source.closes, 1)
        assert.is(await reading.pull(), undefined)
        await turn()
        assert.equal(seen, ['cancelled', 'aborted'])
      }
      assert.equal(caught.reasons, [])
      caught.stop()
    },
  )

leaving('after each frame the Duplex is destroyed, and no listener is left', async () => {
  for (const later of [false, true])
    for (let taken = 1; taken <= 3; taken++) {
      const { stream, left } = watchedDuplex(nodeFlip())
      const source = watched<Frame>([...chunks('a'), flush, ...chunks('b', 'c')], { later })
      const reading = pullFrom(through(() => stream)(source.body))
      for (let i = 0; i < taken; i++) await within(1000, reading.pull())
      await within(1000, reading.close())
      assert.is(source.closes, 1)
      assert.ok(stream.destroyed)
      await turn(2)
      assert.is(left(), 0)
    }
})

leaving('at the end no listener is left, and the Duplex is destroyed', async () => {
  const { stream, left } = watchedDuplex(nodeFlip())
  await drain(pullFrom(through(() => stream)(watched(chunks('a', 'b')).body)))
  assert.ok(stream.destroyed)
  await turn(2)
  assert.is(left(), 0)
})

leaving('never pulled: nothing is made, and the source is closed', async () => {
  let made = 0
  const source = watched(chunks('a'))
  const filter = through(() => {
    made++
    return webFlip()
  })
  await pullFrom(filter(source.body)).close()
  assert.equal([made, source.closes], [0, 1])
})

leaving('while the source is waited for: the pull ends, and nothing comes', async () => {
  for (const make of Object.values(makers)) {
    const source = handFed<Frame>()
    const told: unknown[] = []
    const reading = pullFrom(through(make)(source.body))
    const pending = Promise.resolve(reading.pull())
    assert.is(await stateOf(pending), 'pending')
    await within(1000, reading.close())
    assert.is(await within(1000, pending), undefined)
    assert.is(source.closes, 1)
    source.give({ kind: 'flush', sent: (lost) => told.push(lost) })
    await turn()
    assert.is(told.length, 1)
  }
})

leaving('while a write is waited for: the pull ends, and nothing comes', async () => {
  for (const make of [
    () => new TransformStream({ transform: () => new Promise(() => {}) }),
    () => new Transform({ transform() {} }),
  ]) {
    const source = watched<Frame>([...chunks('a'), flush])
    const reading = pullFrom(through(make)(source.body))
    const pending = Promise.resolve(reading.pull())
    assert.is(await stateOf(pending), 'pending')
    await within(1000, reading.close())
    assert.is(await within(1000, pending), undefined)
    assert.is(source.closes, 1)
  }
})

leaving('a flush that waits for what is before it is told that it is lost', async () => {
  const told: unknown[] = []
  const lost: Flush = { kind: 'flush', sent: (reason) => told.push(reason) }
  const source = watched<Frame>([...chunks('a'), lost])
  const reading = pullFrom(through(nodeFlip)(source.body))
  await reading.pull()
  const pending = Promise.resolve(reading.pull())
  await reading.close()
  assert.is(await pending, undefined)
  assert.is(told.length, 1)
  await rejects(() => Promise.reject(told[0]), 'FLUSH_LOST')
})

leaving('what closing the source throws comes out of close', async () => {
  const source = watched(chunks('a', 'b'), { closeError: broken })
  const reading = pullFrom(through(webFlip)(source.body))
  await reading.pull()
  await rejects(async () => reading.close(), broken)
})

leaving.run()

const big = suite('through: much')

big('eight megabytes of gzip and back, in pieces of every size', async () => {
  const plain = new Uint8Array(8_000_000).map((_, i) => (i * 7919) >> 5)
  const pieces: Data[] = []
  for (let at = 0, size = 1; at < plain.length; at += size, size = (size * 3) % 99_991)
    pieces.push(data(plain.subarray(at, at + size)))
  const body = pipe(
    watched(pieces).body,
    through(() => new CompressionStream('gzip')),
    through(() => new DecompressionStream('gzip')),
    through(() => createGzip()),
    through(() => new DecompressionStream('gzip')),
  )
  const { bytes, end } = await within(60_000, record(body))
  assert.is(end, undefined)
  assert.ok(Buffer.compare(bytes, plain) === 0)
})

big.run()
