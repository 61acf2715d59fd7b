import { Duplex, PassThrough, Readable } from 'node:stream'
import vm from 'node:vm'
import { closeBody, collect, data, noFields, readBytes, readText, toBody } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watchRejections } from '../support/bodies/left-over.ts'
import { record, words } from '../support/bodies/record.ts'
import { cutAt, textOf, utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Body, BodyInput, Data, Flush, Piece } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'

async function* later<T>(...pieces: readonly T[]): AsyncGenerator<T> {
  for (const piece of pieces) {
    await turn()
    yield piece
  }
}

const webStream = (...pieces: readonly unknown[]) =>
  new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece)
      controller.close()
    },
  })

const inputs = suite('toBody: what it takes')

const taken: readonly {
  readonly name: string
  readonly make: () => BodyInput
  readonly wanted: string
  readonly byteLength?: number
}[] = [
  { name: 'null', make: () => null, wanted: '', byteLength: 0 },
  { name: 'undefined', make: () => undefined, wanted: '', byteLength: 0 },
  { name: 'an empty string', make: () => '', wanted: '', byteLength: 0 },
  { name: 'a string', make: () => 'héé', wanted: 'héé', byteLength: 5 },
  { name: 'a Uint8Array', make: () => utf8('ab'), wanted: 'ab', byteLength: 2 },
  { name: 'a Buffer', make: () => Buffer.from('ab'), wanted: 'ab', byteLength: 2 },
  { name: 'no bytes', make: () => new Uint8Array(), wanted: '', byteLength: 0 },
  {
    name: 'an ArrayBuffer',
    make: () => new Uint8Array([97, 98]).buffer,
    wanted: 'ab',
    byteLength: 2,
  },
  {
    name: 'a view of wider numbers, as its bytes',
    make: () => new Uint16Array([0x6261]),
    wanted: 'ab',
    byteLength: 2,
  },
  {
    name: 'a DataView in the middle of a buffer',
    make: () => new DataView(utf8('xaby').buffer, 1, 2),
    wanted: 'ab',
    byteLength: 2,
  },
  {
    name: 'bytes of another realm',
    make: () => vm.runInNewContext('new Uint8Array([97, 98])'),
    wanted: 'ab',
    byteLength: 2,
  },
  {
    name: 'an ArrayBuffer of another realm',
    make: () => vm.runInNewContext('new Uint8Array([97, 98]).buffer'),
    wanted: 'ab',
    byteLength: 2,
  },
  { name: 'a Blob', make: () => new Blob(['a', 'b']), wanted: 'ab', byteLength: 2 },
  { name: 'an empty Blob', make: () => new Blob([]), wanted: '', byteLength: 0 },
  { name: 'an array of strings', make: () => ['a', '', 'b'], wanted: 'ab' },
  { name: 'an array of bytes', make: () => [utf8('a'), utf8(''), utf8('b')], wanted: 'ab' },
  {
    name: 'an array of everything',
    make: () => ['a', utf8('b'), utf8('c').buffer, [utf8('d'), utf8('e')], data(utf8('f'))],
    wanted: 'abcdef',
  },
  { name: 'a Set', make: () => new Set(['a', 'b']), wanted: 'ab' },
  {
    name: 'a generator',
    make: () =>
      (function* () {
        yield 'a'
        yield utf8('b')
      })(),
    wanted: 'ab',
  },
  { name: 'an async generator of strings', make: () => later('a', '', 'b'), wanted: 'ab' },
  {
    name: 'an async generator of batches',
    make: () => later([utf8('a'), utf8('b')], [], [utf8('c')]),
    wanted: 'abc',
  },
  {
    name: 'an async generator of frames',
    make: () => later({ kind: 'data', bytes: utf8('a') }, { kind: 'flush' }),
    wanted: 'a',
  },
  { name: 'a ReadableStream of bytes', make: () => webStream(utf8('a'), utf8('b')), wanted: 'ab' },
  { name: 'a ReadableStream of strings', make: () => webStream('a', '', 'b'), wanted: 'ab' },
  {
    name: 'a byte ReadableStream',
    make: () =>
      new ReadableStream({
        type: 'bytes',
        start(controller) {
          controller.enqueue(utf8('ab'))
          controller.close()
        },
      }),
    wanted: 'ab',
  },
  { name: 'a Node Readable', make: () => Readable.from([Buffer.from('ab')]), wanted: 'ab' },
  {
    name: 'a Node Readable with an encoding',
    make: () => {
      const stream = new PassThrough()
      stream.setEncoding('utf8')
      for (const byte of utf8('a😀b')) stream.write(Uint8Array.of(byte))
      return stream.end()
    },
    wanted: 'a😀b',
  },
  {
    name: 'a Node Readable in object mode',
    make: () =>
      Readable.from(['a', data(utf8('b')), [utf8('c')], { kind: 'flush' }], { objectMode: true }),
    wanted: 'abc',
  },
  {
    name: 'a Node Duplex',
    make: () =>
      new Duplex({
        read() {
          this.push('ab')
          this.push(null)
        },
      }),
    wanted: 'ab',
  },
]

for (const { name, make, wanted, byteLength } of taken) {
  inputs(`${name} is read`, async () => {
    const body = toBody(make())
    assert.is(body.byteLength, byteLength)
    assert.is(await within(2000, readText(body)), wanted)
  })
  inputs(`${name} gives no empty data, and ends once`, async () => {
    const source = pullFrom(toBody(make()))
    for (let frame = await source.pull(); frame !== undefined; frame = await source.pull())
      if (frame.kind === 'data') assert.ok(frame.bytes.length > 0)
    assert.is(await source.pull(), undefined)
    assert.is(await source.pull(), undefined)
    await source.close()
  })
  inputs(`${name} is read once: a second reading is refused at the call`, async () => {
    const body = toBody(make())
    const source = pullFrom(body)
    throwsAtOnce(() => pullFrom(body), 'BODY_USED')
    throwsAtOnce(() => body[Symbol.asyncIterator](), 'BODY_USED')
    await rejects(() => collect(body), 'BODY_USED')
    await source.close()
    throwsAtOnce(() => pullFrom(body), 'BODY_USED')
  })
  inputs(`${name} can be closed unread`, async () => {
    const body = toBody(make())
    await within(2000, closeBody(body))
    throwsAtOnce(() => pullFrom(body), 'BODY_USED')
  })
}

inputs('a body of ours is given back as it is', () => {
  const body = toBody('a')
  assert.is(toBody(body), body)
})

inputs('a body that is only an iterable keeps its byteLength', async () => {
  const body: Body<Data> = {
    byteLength: 2,
    async *[Symbol.asyncIterator]() {
      yield data(utf8('ab'))
    },
  }
  const made = toBody(body)
  assert.is(made.byteLength, 2)
  assert.is(await readText(made), 'ab')
})

inputs('bytes are passed on without a copy', async () => {
  const given = utf8('ab')
  assert.is(await readBytes(toBody(given)), given)
  assert.is(await readBytes(toBody([given])), given)
})

const nothing: unknown = Object.create(null)
for (const [name, given] of Object.entries({
  'a number': 1,
  'a boolean': true,
  'a symbol': Symbol('s'),
  'a function': () => 'a',
  'a plain object': {},
  'an object without a prototype': nothing,
  'a Date': new Date(0),
  'a promise': Promise.resolve('a'),
  'a FormData': new FormData(),
  'a Headers': new Headers({ name: 'Ann' }),
  'a Map': new Map([['name', 'Ann']]),
  'a list of fields': noFields.with('name', 'Ann'),
}))
  inputs(`${name} is refused at the call`, () => {
    const { message } = throwsAtOnce(() => Reflect.apply(toBody, undefined, [given]), TypeError)
    assert.match(message, /^Cannot make a body: found .*, wanted a string, bytes/)
  })

inputs('a URLSearchParams is its form encoding, with its length', async () => {
  const body = toBody(new URLSearchParams({ name: 'Ann Ö', city: 'Ulm&' }))
  assert.is(body.byteLength, 'name=Ann+%C3%96&city=Ulm%26'.length)
  assert.is(await readText(body), 'name=Ann+%C3%96&city=Ulm%26')
  assert.is(await readText(toBody(new URLSearchParams())), '')
})

inputs.run()

const pieces = suite('toBody: pieces')

for (const [name, piece] of Object.entries({
  undefined,
  null: null,
  'a number': 1,
  'a plain object': {},
  'a promise': Promise.resolve('a'),
  'data without bytes': { kind: 'data' },
  'data with a string for bytes': { kind: 'data', bytes: 'ab' },
  'data with an array for bytes': { kind: 'data', bytes: [97] },
  'a batch inside a batch': [[utf8('a')]],
  'a batch with a number': [1],
})) {
  pieces(`${name} as a piece is an error and not an end`, async () => {
    let closed = 0
    function* source() {
      try {
        yield 'a'
        yield piece
        yield 'b'
      } finally {
        closed++
      }
    }
    const body = Reflect.apply(toBody, undefined, [source()])
    assert.equal(await words(body), ['data a', 'error BODY_INVALID'])
    assert.is(closed, 1)
  })
  pieces(`${name} yielded by a bare async generator is an error and not an end`, async () => {
    let closed = 0
    async function* source() {
      try {
        yield data(utf8('a'))
        yield piece
      } finally {
        closed++
      }
    }
    const reading: ReturnType<typeof pullFrom> = Reflect.apply(pullFrom, undefined, [source()])
    await reading.pull()
    await rejects(() => reading.pull(), 'BODY_INVALID')
    assert.is(await reading.pull(), undefined)
    assert.is(closed, 1)
  })
}

pieces('the error says what was found', async () => {
  const body = Reflect.apply(toBody, undefined, [[new Date(0)]])
  const { message } = await rejects(() => readText(body), 'BODY_INVALID')
  assert.match(message, /found \[object Date\], wanted a string, bytes or a frame/)
})

pieces('an error while closing does not hide that a piece is none', async () => {
  function* source() {
    try {
      yield 1
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: it is what is tried here
      throw new Error('closing failed')
    }
  }
  await rejects(() => readText(Reflect.apply(toBody, undefined, [source()])), 'BODY_INVALID')
})

pieces('frames of every kind pass in order, those of a batch too', async () => {
  const until = Promise.resolve()
  const given: Piece[] = [
    'a',
    { kind: 'flush' },
    { kind: 'progress' },
    [utf8('b'), utf8('c')],
    { kind: 'pause', until },
    'd',
    { kind: 'trailers', fields: noFields },
  ]
  const wanted = ['data a', 'flush', 'progress', 'data b', 'data c', 'pause', 'data d', 'trailers']
  assert.equal(await words(toBody(given)), [...wanted, 'end'])
  assert.equal(await words(toBody(later(...given))), [...wanted, 'end'])
})

pieces(
  'a run of empty pieces as long as one likes neither overflows nor starves timers',
  async () => {
    for (const make of [
      () => Array.from({ length: 100_000 }, () => ''),
      () => Array.from({ length: 100_000 }, () => new Uint8Array()),
      () => [Array.from({ length: 100_000 }, () => new Uint8Array())],
    ]) {
      let timer = false
      const set = setTimeout(() => {
        timer = true
      }, 0)
      assert.is(await within(5000, readText(toBody([...make(), 'a']))), 'a')
      clearTimeout(set)
      assert.ok(timer, 'a timer had its turn')
    }
  },
)

pieces('empty pieces that come one by one for ever hold no more and more', async () => {
  let held = 0
  async function* source() {
    globalThis.gc?.()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 200_000; i++) yield ''
    globalThis.gc?.()
    held = process.memoryUsage().heapUsed - before
    yield 'a'
  }
  assert.is(await within(10_000, readText(toBody(source()))), 'a')
  assert.ok(held < 5_000_000, `${held} bytes`)
})

pieces('a hundred thousand frames that are there at once cost no promise', () => {
  const frame = data(utf8('a'))
  const source = pullFrom(toBody(Array.from({ length: 100_000 }, () => frame)))
  let count = 0
  for (let got = source.pull(); got !== undefined; got = source.pull()) {
    assert.is(got, frame)
    count++
  }
  assert.is(count, 100_000)
})

pieces('a batch that was taken is not held while the next is waited for', async () => {
  const refs: WeakRef<object>[] = []
  const next = deferred()
  const batch = () => {
    const made = [utf8('a'), utf8('b')]
    refs.push(new WeakRef(made))
    return made
  }
  async function* source() {
    yield batch()
    await next.promise
  }
  const reading = pullFrom(toBody(source()))
  await reading.pull()
  await reading.pull()
  const pending = reading.pull()
  await turn()
  globalThis.gc?.()
  await turn()
  globalThis.gc?.()
  assert.is(refs[0]?.deref(), undefined)
  next.resolve()
  assert.is(await pending, undefined)
})

pieces.run()

const surrogates = suite('toBody: split surrogates')

const face = '😀'
const [high, low] = [face[0] ?? '', face[1] ?? '']
const lone = '\ufffd'

for (const [name, given, wanted] of [
  [
    'between two strings',
    ['a', `b${high}`, `${low}c`],
    ['data a', 'data b', `data ${face}c`, 'end'],
  ],
  ['each half alone', [high, low], [`data ${face}`, 'end']],
  ['with empty strings between', [high, '', '', low], [`data ${face}`, 'end']],
  ['a first half at the end', [`a${high}`], ['data a', `data ${lone}`, 'end']],
  ['a second half alone', [low], [`data ${lone}`, 'end']],
  ['a first half and something else', [high, 'a'], [`data ${lone}a`, 'end']],
  ['two first halves', [high, `${high}${low}`], [`data ${lone}${face}`, 'end']],
  ['bytes in between', [high, utf8('x'), low], [`data ${lone}`, 'data x', `data ${lone}`, 'end']],
  [
    'data in between',
    [high, data(utf8('x')), low],
    [`data ${lone}`, 'data x', `data ${lone}`, 'end'],
  ],
  [
    'a batch in between',
    [high, [utf8('x'), utf8('y')]],
    [`data ${lone}`, 'data x', 'data y', 'end'],
  ],
  [
    'no bytes in between',
    [high, new Uint8Array(), [], data(new Uint8Array()), low],
    [`data ${face}`, 'end'],
  ],
  [
    'a flush in between',
    [`a${high}`, { kind: 'flush' }, low],
    ['data a', 'flush', `data ${face}`, 'end'],
  ],
  [
    'trailers after it',
    [high, { kind: 'trailers', fields: noFields }],
    [`data ${lone}`, 'trailers', 'end'],
  ],
] satisfies [string, Piece[], string[]][]) {
  surrogates(name, async () => {
    assert.equal(await words(toBody(given)), wanted)
    assert.equal(await words(toBody(later(...given))), wanted)
  })
}

surrogates('a batch of halves and bytes in turn takes no long', async () => {
  const one = utf8('x')
  const batch = Array.from({ length: 100_000 }, (_, i) => (i % 2 === 0 ? high : one))
  const { bytes: found } = await within(5000, record(Reflect.apply(toBody, undefined, [[batch]])))
  assert.is(found.length, 50_000 * 4)
})

surrogates('bytes do not depend on where a string was cut', async () => {
  const whole = `a${face}é漢${face}${face}z`
  for (let i = 0; i <= whole.length; i++)
    for (let j = i; j <= whole.length; j++) {
      const cut = [whole.slice(0, i), whole.slice(i, j), whole.slice(j)]
      assert.is(await readText(toBody(cut)), whole, `${i} ${j}`)
    }
})

surrogates.run()

const leaving = suite('toBody: leaving early')

leaving('a generator is closed once, and not when it has ended', async () => {
  let closed = 0
  function* source() {
    try {
      yield 'a'
      yield 'b'
    } finally {
      closed++
    }
  }
  const left = pullFrom(toBody(source()))
  await left.pull()
  await left.close()
  await left.close()
  assert.is(closed, 1)
  assert.is(await left.pull(), undefined)
  assert.is(await readText(toBody(source())), 'ab')
  assert.is(closed, 2)
})

leaving('a sync source is closed without a promise', () => {
  const source = pullFrom(toBody(['a', 'b']))
  source.pull()
  assert.is(source.close(), undefined)
})

leaving('a generator that never started does not run', async () => {
  let ran = false
  async function* source() {
    ran = true
    yield 'a'
  }
  const generator = source()
  await closeBody(toBody(generator))
  assert.not(ran)
  assert.equal(await generator.next(), { done: true, value: undefined })
})

leaving('a generator that closes its own body is left once it has yielded', async () => {
  for (const later of [false, true]) {
    let left = 0
    let closing: unknown
    const close = () => {
      closing = reading.close()
    }
    const source = later
      ? async function* () {
          try {
            close()
            yield 'a'
          } finally {
            left++
          }
        }
      : function* () {
          try {
            close()
            yield 'a'
          } finally {
            left++
          }
        }
    const reading: Pull<AnyFrame> = pullFrom(toBody(source()))
    assert.is(await within(1000, reading.pull()), undefined)
    await closing
    assert.is(left, 1)
    assert.is(await reading.pull(), undefined)
  }
})

leaving('break closes the source', async () => {
  let closed = 0
  async function* source() {
    try {
      for (;;) yield 'a'
    } finally {
      closed++
    }
  }
  for await (const frame of toBody(source())) {
    assert.is(frame.kind, 'data')
    break
  }
  assert.is(closed, 1)
})

leaving('what closing throws comes from close', async () => {
  async function* source() {
    try {
      yield 'a'
    } finally {
      // biome-ignore lint/correctness/noUnsafeFinally: it is what is tried here
      throw new Error('closing failed')
    }
  }
  const reading = pullFrom(toBody(source()))
  await reading.pull()
  const { message } = await rejects(() => reading.close(), Error)
  assert.is(message, 'closing failed')
})

leaving('the flushes of a batch that nobody took are told that they are lost', async () => {
  const told: unknown[] = []
  const flush = (name: string): Flush => ({
    kind: 'flush',
    sent: (lost) => told.push(lost === undefined ? `${name} sent` : name),
  })
  const batch = [data(utf8('a')), flush('one'), flush('two'), flush('three')]
  const reading = pullFrom(Reflect.apply(toBody, undefined, [[batch]]))
  await reading.pull()
  await reading.pull()
  await reading.close()
  assert.equal(told, ['two', 'three'])
})

leaving('a flush that comes after the close is told that it is lost', async () => {
  for (const wrap of [pullFrom, (body: Body) => pullFrom(toBody(body)), iterated]) {
    const gate = deferred()
    const told: unknown[] = []
    async function* source(): AsyncGenerator<Flush> {
      await gate.promise
      yield { kind: 'flush', sent: (lost) => told.push(lost) }
    }
    const reading = wrap(source())
    const pending = reading.pull()
    const closing = reading.close()
    gate.resolve()
    assert.is(await within(1000, pending), undefined)
    await within(1000, closing)
    assert.is(told.length, 1)
    assert.is(await rejects(() => Promise.reject(told[0]), 'FLUSH_LOST'), told[0])
  }
})

/** The same over the async iterator. */
const iterated = (body: Body) => {
  const iterator = toBody(body)[Symbol.asyncIterator]()
  return {
    pull: async () => (await iterator.next()).value,
    close: async () => {
      await iterator.return?.()
    },
  }
}

leaving('return() does not wait for a next() that is pending', async () => {
  const iterator = toBody(new ReadableStream())[Symbol.asyncIterator]()
  const pending = iterator.next()
  assert.is(await stateOf(pending), 'pending')
  await within(1000, iterator.return?.())
  assert.equal(await within(1000, pending), { done: true, value: undefined })
  assert.equal(await iterator.next(), { done: true, value: undefined })
})

leaving('two calls of next() at once get their frames in order', async () => {
  const iterator = toBody(later('a', 'b'))[Symbol.asyncIterator]()
  const [a, b, c] = await Promise.all([iterator.next(), iterator.next(), iterator.next()])
  assert.is(textOf(a.value?.bytes), 'a')
  assert.is(textOf(b.value?.bytes), 'b')
  assert.is(c.done, true)
})

leaving(
  'a generator that closes its own body and fails as it is left is nobody’s error',
  async () => {
    const rejections = watchRejections()
    async function* source() {
      try {
        closing = reading.close()
        yield 'a'
      } finally {
        await Promise.reject(new Error('not closed'))
      }
    }
    let closing: unknown
    const reading: Pull<AnyFrame> = pullFrom(toBody(source()))
    assert.is(await within(1000, reading.pull()), undefined)
    await closing
    await turn(2)
    rejections.stop()
    assert.equal(rejections.reasons, [])
  },
)

leaving.run()

const failing = suite('toBody: errors of the source')

const broken = new Error('the source broke')

for (const [name, make] of Object.entries({
  'a generator': () =>
    (function* () {
      yield 'a'
      throw broken
    })(),
  'an async generator': () =>
    (async function* () {
      yield 'a'
      throw broken
    })(),
  'an iterator that throws at the call of next': () => ({
    [Symbol.asyncIterator]: () => {
      let calls = 0
      return {
        next() {
          if (calls++ > 0) throw broken
          return Promise.resolve({ done: false, value: 'a' })
        },
        return() {
          throw new Error('returned after it failed')
        },
      }
    },
  }),
  'a ReadableStream': () => {
    let pulls = 0
    return new ReadableStream<string>(
      {
        pull(controller) {
          if (pulls++ > 0) throw broken
          controller.enqueue('a')
        },
      },
      { highWaterMark: 0 },
    )
  },
  'a Node Readable': () => {
    let reads = 0
    return new Readable({
      read() {
        if (reads++ === 0) this.push('a')
        else setImmediate(() => this.destroy(broken))
      },
    })
  },
}))
  failing(
    `${name}: it goes on to the reader, after what came before, and nothing follows`,
    async () => {
      const reading = pullFrom(toBody(make()))
      const first = await reading.pull()
      assert.is(first?.kind, 'data')
      await rejects(async () => reading.pull(), broken)
      assert.is(await reading.pull(), undefined)
      await reading.close()
    },
  )

failing('a bare iterator that throws at the call of next ends with its error', async () => {
  const body: Body = {
    [Symbol.asyncIterator]: () => ({
      next() {
        throw broken
      },
    }),
  }
  const reading = pullFrom(body)
  await rejects(async () => reading.pull(), broken)
  assert.is(await reading.pull(), undefined)
})

failing.run()

const twice = suite('toBody: two bodies over one source')

for (const [name, make] of Object.entries({
  'a generator': () =>
    (function* () {
      yield 'a'
    })(),
  'an async generator': () => later('a'),
  'a ReadableStream': () => webStream('a'),
  'a Node Readable': () => Readable.from(['a']),
}))
  twice(`${name} is read by the first, and refused to the second at the call`, async () => {
    const input = make()
    const [first, second, third] = [toBody(input), toBody(input), toBody(input)]
    assert.is(await readText(first), 'a')
    throwsAtOnce(() => pullFrom(second), 'BODY_USED')
    await rejects(() => readText(third), 'BODY_USED')
  })

twice('a generator that is a body already is not read by way of toBody too', async () => {
  async function* frames() {
    yield data(utf8('a'))
  }
  const generator = frames()
  assert.is(await readText(generator), 'a')
  await rejects(() => readText(toBody(generator)), 'BODY_USED')
  await rejects(() => readText(generator), 'BODY_USED')
})

twice('an array can be read by as many bodies as one likes', async () => {
  const input = ['a', 'b']
  assert.is(await readText(toBody(input)), 'ab')
  assert.is(await readText(toBody(input)), 'ab')
})

twice('a ReadableStream that somebody else reads is refused', async () => {
  const stream = webStream('a')
  stream.getReader()
  await rejects(() => readText(toBody(stream)), 'BODY_USED')
})

twice('a Node Readable that was read to its end before is no empty body', async () => {
  const stream = Readable.from(['a'])
  for await (const chunk of stream) assert.is(chunk, 'a')
  await rejects(() => readText(toBody(stream)), 'BODY_USED')
})

twice.run()

const wholes = suite('toBody: cuts')

wholes('bytes out are bytes in, however they are cut and however they come', async () => {
  const given = utf8('0123456789')
  for (let i = 1; i < given.length; i++) {
    const cut = cutAt(given, [i, 2 * i])
    for (const input of [cut, later(...cut), webStream(...cut), Readable.from(cut)]) {
      const { bytes: found, end } = await record(toBody(input))
      assert.is(end, undefined)
      assert.equal(textOf(found), '0123456789')
    }
  }
})

wholes.run()
