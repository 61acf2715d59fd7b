import {
  BodyError,
  bodyErrorStatus,
  closeBody,
  collect,
  concat,
  data,
  isData,
  isFlush,
  isPause,
  isTrailers,
  noFields,
  readBytes,
  readJson,
  readText,
  toBody,
} from '@sluice/body'
import {
  ByteQueue,
  checkCount,
  errorsOf,
  fromPull,
  isPromiseLike,
  iteratePull,
  loseFrame,
  pullFrom,
  pulling,
} from '@sluice/body/engine'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { textOf, utf8 } from '../support/cuts.ts'
import { holds } from '../support/holds.ts'
import { watchRejections } from '../support/left-over.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { handFed, watched } from '../support/sources.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, Body, BodyErrorCode, Data, Flush, Frame, Trailers } from '@sluice/body'
import type { Pull } from '@sluice/body/engine'

const chunks = (...parts: readonly string[]): Data[] => parts.map((part) => data(utf8(part)))
const trailers: Trailers = { kind: 'trailers', fields: noFields.with('checksum', 'x') }
const broken = new Error('the source broke')

const errors = suite('BodyError')

const codes = Object.keys(bodyErrorStatus)
const isCode = (code: string): code is BodyErrorCode => Object.hasOwn(bodyErrorStatus, code)

for (const code of codes.filter(isCode))
  errors(`${code} has its status from the table, a response status of an error`, () => {
    const error = new BodyError(code, 'Cannot read: found a, wanted b')
    assert.is(error.code, code)
    assert.is(error.status, bodyErrorStatus[code])
    assert.ok(error.status >= 400 && error.status < 600)
  })

errors('a code of another package brings its status', () => {
  const error = new BodyError('ROW_TOO_LONG', 'Cannot read', { status: 422, cause: broken })
  assert.is(error.code, 'ROW_TOO_LONG')
  assert.is(error.status, 422)
  assert.is(error.cause, broken)
})

for (const status of [399, 600, 404.5, Number.NaN])
  errors(`the status ${status} is refused at the call`, () => {
    throwsAtOnce(() => new BodyError('ROW_TOO_LONG', 'Cannot read', { status }), RangeError)
  })

errors('a code that plain JavaScript gives no status has 500', () => {
  const error: unknown = Reflect.construct(BodyError, ['toString', 'Cannot read'])
  assert.is(error instanceof BodyError && error.status, 500)
})

errors('errorsOf makes errors of the codes it was given, with their statuses', () => {
  const error = errorsOf({ ROW_TOO_LONG: 422, ROW_LOST: 500 })('ROW_LOST', 'Cannot read', {
    cause: broken,
  })
  assert.instance(error, BodyError)
  assert.is(error.code, 'ROW_LOST')
  assert.is(error.status, 500)
  assert.is(error.message, 'Cannot read')
  assert.is(error.cause, broken)
  assert.not.ok('cause' in errorsOf({ ROW_LOST: 500 })('ROW_LOST', 'Cannot read'))
})

errors('it is an Error with a name, a message and a cause', () => {
  const error = new BodyError('JSON_INVALID', 'Cannot read', { cause: broken })
  assert.instance(error, Error)
  assert.is(error.name, 'BodyError')
  assert.is(error.cause, broken)
  assert.match(String(error), /^BodyError: Cannot read$/)
  assert.not('cause' in new BodyError('JSON_INVALID', 'Cannot read'))
})

errors.run()

const small = suite('concat, checkCount, kinds')

small('concat joins in order, copies several and passes one on', () => {
  const one = utf8('a')
  assert.is(concat([one]), one)
  assert.equal(concat([]), new Uint8Array())
  const joined = concat([one, utf8(''), utf8('bc')])
  assert.is(textOf(joined), 'abc')
  joined[0] = 122
  assert.is(textOf(one), 'a')
})

for (const value of [-1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53])
  small(`checkCount refuses ${value}`, () => {
    const { message } = throwsAtOnce(() => checkCount('maxBytes', value, 0), RangeError)
    assert.match(message, /^Cannot use maxBytes: found .*, wanted a whole number of 0 or more$/)
  })

small('checkCount takes the least, the greatest and Infinity', () => {
  for (const value of [1, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])
    assert.is(checkCount('maxBytes', value, 1), value)
  throwsAtOnce(() => checkCount('maxBytes', 0, 1), RangeError)
})

small('a frame is told by its kind and by nothing else', () => {
  const kinds: AnyFrame[] = [
    ...chunks('a'),
    { kind: 'flush' },
    { kind: 'pause' },
    trailers,
    { kind: 'other' },
  ]
  assert.equal(kinds.map(isData), [true, false, false, false, false])
  assert.equal(kinds.map(isFlush), [false, true, false, false, false])
  assert.equal(kinds.map(isPause), [false, false, true, false, false])
  assert.equal(kinds.map(isTrailers), [false, false, false, true, false])
})

small('isPromiseLike goes by shape', () => {
  assert.ok(isPromiseLike(Promise.resolve()))
  // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tried here
  assert.ok(isPromiseLike({ then() {} }))
  // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tried here
  for (const value of [undefined, null, 1, 'then', {}, { then: 1 }])
    assert.not(isPromiseLike(value))
})

small('loseFrame tells the receipt of a flush, and leaves other frames alone', async () => {
  const told: unknown[] = []
  const flush: Flush = { kind: 'flush', sent: (lost) => told.push(lost) }
  loseFrame(flush, 'it was dropped')
  for (const frame of [undefined, { kind: 'flush' }, trailers]) loseFrame(frame, 'it was dropped')
  assert.is(told.length, 1)
  const { message } = await rejects(() => Promise.reject(told[0]), 'FLUSH_LOST')
  assert.is(message, 'Cannot send the flush: it was dropped')
})

small.run()

const protocol = suite('the pull protocol')

protocol('its symbol is the same in every copy of the package', () => {
  assert.is(pulling, Symbol.for('sluice.pull'))
})

protocol('a body of another copy is read by its pull protocol', async () => {
  let pulls = 0
  const foreign: Body<Data> = {
    [Symbol.for('sluice.pull')]: (): Pull<Data> => ({
      pull: () => (pulls++ === 0 ? data(utf8('a')) : undefined),
      close() {},
    }),
    [Symbol.asyncIterator]() {
      throw new Error('read by its iterator')
    },
  }
  assert.is(await readText(foreign), 'a')
  assert.is(pulls, 2)
})

protocol('start is called once, when the reading starts', () => {
  let starts = 0
  const body = fromPull<Data>(() => {
    starts++
    return { pull: () => undefined, close() {} }
  })
  assert.is(starts, 0)
  pullFrom(body)
  assert.is(starts, 1)
  throwsAtOnce(() => pullFrom(body), 'BODY_USED')
  throwsAtOnce(() => body[Symbol.asyncIterator](), 'BODY_USED')
  assert.is(starts, 1)
})

protocol('byteLength is what was given', () => {
  const start = () => ({ pull: () => undefined, close() {} })
  assert.is(fromPull(start, 3).byteLength, 3)
  assert.is(fromPull(start).byteLength, undefined)
})

protocol(
  'a body without the protocol is read once: by pullFrom or by whatever uses it',
  async () => {
    async function* frames() {
      yield data(utf8('a'))
    }
    const body = frames()
    const source = pullFrom(body)
    throwsAtOnce(() => pullFrom(body), 'BODY_USED')
    await rejects(() => readText(body), 'BODY_USED')
    await source.close()
  },
)

protocol('frames of a generator cost one wait each, and it ends once', async () => {
  async function* frames() {
    yield data(utf8('a'))
  }
  const source = pullFrom(frames())
  const first = await source.pull()
  assert.is(first && textOf(first.bytes), 'a')
  assert.is(await source.pull(), undefined)
  assert.is(source.pull(), undefined)
  await source.close()
})

protocol('closing a generator runs its finally once, and waits for it', async () => {
  const gate = deferred()
  let closed = 0
  async function* frames() {
    try {
      yield data(utf8('a'))
    } finally {
      await gate.promise
      closed++
    }
  }
  const source = pullFrom(frames())
  await source.pull()
  const closing = Promise.resolve(source.close())
  assert.is(await stateOf(closing), 'pending')
  gate.resolve()
  await closing
  await source.close()
  assert.is(closed, 1)
  assert.is(await source.pull(), undefined)
})

protocol("an error of a generator after the close is nobody's", async () => {
  const gate = deferred()
  async function* frames(): AsyncGenerator<Data> {
    await gate.promise
    yield data(utf8('a'))
  }
  const source = pullFrom(frames())
  const pending = source.pull()
  const closing = source.close()
  gate.reject(broken)
  assert.is(await within(1000, pending), undefined)
  await within(1000, closing)
})

protocol('an iterator without return can be closed', async () => {
  const body: Body = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }
  const source = pullFrom(body)
  source.pull()
  await within(1000, source.close())
})

protocol.run()

const closing = suite('closeBody')

closing('a body that nobody reads is closed unread', async () => {
  const source = watched(chunks('a'))
  await closeBody(source.body)
  assert.is(source.closes, 1)
  assert.is(source.pulls, 0)
  await closeBody(source.body)
  assert.is(source.closes, 1)
})

closing('a body that is being read is left alone', async () => {
  const source = watched(chunks('a'))
  const reading = pullFrom(source.body)
  await closeBody(source.body)
  assert.is(source.closes, 0)
  assert.is((await reading.pull())?.kind, 'data')
})

closing('what closing throws comes out of it', async () => {
  const error = new Error('closing failed')
  for (const later of [false, true])
    await rejects(() => closeBody(watched(chunks('a'), { closeError: error, later }).body), error)
})

closing.run()

const iterating = suite('iteratePull')

iterating('frames in order, and the end for good', async () => {
  const found: string[] = []
  for await (const frame of iteratePull(pullFrom(watched<Frame>([...chunks('a'), trailers]).body)))
    found.push(frame.kind)
  assert.equal(found, ['data', 'trailers'])
})

iterating('an error ends it for good', async () => {
  const iterator = iteratePull(pullFrom(watched(chunks(), { error: broken }).body))
  const both = [iterator.next(), iterator.next()]
  await rejects(() => both[0], broken)
  assert.equal(await both[1], { done: true, value: undefined })
})

iterating('return() closes the source also while a pull is pending', async () => {
  const source = handFed<Data>()
  const iterator = iteratePull(pullFrom(source.body))
  const pending = iterator.next()
  assert.equal(await within(1000, iterator.return?.()), { done: true, value: undefined })
  assert.is(source.closes, 1)
  source.give(data(utf8('a')))
  assert.equal(await pending, { done: true, value: undefined })
  assert.equal(await iterator.next(), { done: true, value: undefined })
  assert.is(source.pulls, 1)
})

iterating(
  "a pull that fails when it is left in is nobody's: not even an unhandled rejection",
  async () => {
    const source = handFed<Data>()
    const iterator = iteratePull(pullFrom(source.body))
    const rejections = watchRejections()
    try {
      const pending = iterator.next()
      await iterator.return?.()
      source.fail(new Error('closed'))
      await turn(3)
      assert.equal(rejections.reasons, [])
      assert.equal(await pending, { done: true, value: undefined })
    } finally {
      rejections.stop()
    }
  },
)

iterating('a flush that comes after return() is told that it is lost', async () => {
  const told: unknown[] = []
  const source = handFed<Flush>()
  const iterator = iteratePull(pullFrom(source.body))
  const pending = iterator.next()
  await iterator.return?.()
  source.give({ kind: 'flush', sent: (lost) => told.push(lost) })
  assert.equal(await pending, { done: true, value: undefined })
  assert.is(told.length, 1)
  await rejects(() => Promise.reject(told[0]), 'FLUSH_LOST')
})

iterating('what closing throws comes out of return()', async () => {
  const error = new Error('closing failed')
  const source = watched(chunks('a'), { closeError: error })
  await rejects(() => iteratePull(pullFrom(source.body)).return?.(), error)
})

iterating.run()

const collecting = suite('collect, bytes, text, json')

collecting('bytes and trailers come together', async () => {
  const found = await collect(watched<Frame>([...chunks('a', 'b'), trailers]).body)
  assert.is(textOf(found.bytes), 'ab')
  assert.is(found.trailers.get('checksum'), 'x')
  assert.is((await collect(toBody(null))).trailers, noFields)
  assert.is((await readBytes(toBody(null))).length, 0)
})

for (const later of [false, true])
  collecting(
    `maxBytes: at and under pass, one byte over is refused and closes${later ? ', later' : ''}`,
    async () => {
      for (const cut of [['abcd'], ['a', 'b', 'c', 'd'], ['abc', 'd']]) {
        for (const maxBytes of [4, 5, Number.POSITIVE_INFINITY]) {
          const source = watched(chunks(...cut), { later })
          assert.is(await readText(source.body, { maxBytes }), 'abcd')
        }
        const source = watched([...chunks(...cut), ...chunks('e')], { later })
        const error = await rejects(() => readText(source.body, { maxBytes: 3 }), 'BODY_TOO_LARGE')
        assert.is(error.status, 413)
        assert.is(source.closes, 1)
      }
    },
  )

collecting('maxBytes 0 takes an empty body', async () => {
  assert.is(await readText(toBody(''), { maxBytes: 0 }), '')
  await rejects(() => readText(toBody('a'), { maxBytes: 0 }), 'BODY_TOO_LARGE')
})

collecting('by default it is 1 MiB', async () => {
  const mebibyte = new Uint8Array(1_048_576)
  assert.is((await readBytes(watched([data(mebibyte)]).body)).length, 1_048_576)
  await rejects(() => readBytes(watched([data(mebibyte), ...chunks('a')]).body), 'BODY_TOO_LARGE')
})

collecting('a byteLength over the bound is refused before a byte is read', async () => {
  const source = watched(chunks('ab'), { byteLength: 2 })
  await rejects(() => readText(source.body, { maxBytes: 1 }), 'BODY_TOO_LARGE')
  assert.is(source.pulls, 0)
  assert.is(source.closes, 1)
})

collecting('a byteLength under the bound is not believed', async () => {
  const source = watched(chunks('abc'), { byteLength: 1 })
  await rejects(() => readText(source.body, { maxBytes: 2 }), 'BODY_TOO_LARGE')
})

collecting('it stays too large when closing fails', async () => {
  for (const later of [false, true])
    for (const byteLength of [2, undefined]) {
      const source = watched(chunks('ab'), {
        closeError: new Error('closing failed'),
        later,
        ...(byteLength === undefined ? {} : { byteLength }),
      })
      await rejects(() => readText(source.body, { maxBytes: 1 }), 'BODY_TOO_LARGE')
      assert.is(source.closes, 1)
    }
})

for (const maxBytes of [-1, 0.5, Number.NaN])
  collecting(`maxBytes ${maxBytes} is refused, and the body is not begun`, async () => {
    const body = toBody('a')
    await rejects(() => collect(body, { maxBytes }), RangeError)
    assert.is(await readText(body), 'a')
  })

collecting(
  'it is taken at the call: a second call is refused, before and after the end',
  async () => {
    const body = toBody('a')
    const first = readText(body)
    await rejects(() => readText(body), 'BODY_USED')
    assert.is(await first, 'a')
    await rejects(() => readJson(body), 'BODY_USED')
  },
)

collecting('an error of the source goes on', async () => {
  for (const later of [false, true])
    await rejects(() => readText(watched(chunks('a'), { error: broken, later }).body), broken)
})

collecting('a pause is waited for; one that rejects fails the body and closes it', async () => {
  const gate = deferred()
  const paused = readText(
    watched<Frame>([{ kind: 'pause', until: gate.promise }, ...chunks('a')]).body,
  )
  assert.is(await stateOf(paused), 'pending')
  gate.resolve()
  assert.is(await paused, 'a')
  const until = Promise.reject(broken)
  const source = watched<Frame>([{ kind: 'pause', until }, ...chunks('a')])
  await rejects(() => readText(source.body), broken)
  assert.is(source.closes, 1)
})

collecting('flushes are told that they were read; other kinds are passed over', async () => {
  const told: unknown[] = []
  const flush: Flush = { kind: 'flush', sent: (lost) => told.push(lost) }
  for (const later of [false, true])
    assert.is(
      await readText(
        watched<AnyFrame>([flush, { kind: 'own' }, ...chunks('a'), flush], { later }).body,
      ),
      'a',
    )
  assert.equal(told, [undefined, undefined, undefined, undefined])
})

collecting('anything after the trailers is an error', async () => {
  for (const frame of [...chunks('a'), trailers, { kind: 'flush' }, { kind: 'own' }]) {
    const source = watched<AnyFrame>([trailers, frame])
    await rejects(() => collect(source.body), 'BODY_INVALID')
    assert.is(source.closes, 1)
  }
})

collecting(
  'text is UTF-8: cut anywhere, ill-formed as U+FFFD, a byte order mark taken off',
  async () => {
    const given = utf8('\ufeffé漢😀')
    assert.is(
      await readText(watched([...given].map((byte) => data(Uint8Array.of(byte)))).body),
      'é漢😀',
    )
    assert.is(await readText(toBody(Uint8Array.of(97, 0xff, 98))), 'a\ufffdb')
  },
)

collecting('json gives the value; what is none is JSON_INVALID with its cause', async () => {
  assert.equal(await readJson(toBody('{"a":[1]}')), { a: [1] })
  const error = await rejects(() => readJson(toBody('{')), 'JSON_INVALID')
  assert.instance(error.cause, SyntaxError)
  await rejects(() => readJson(toBody('')), 'JSON_INVALID')
  await rejects(() => readJson(toBody('12'), { maxBytes: 1 }), 'BODY_TOO_LARGE')
})

collecting(
  'a million one-byte frames take no long and hold little more than a megabyte',
  async () => {
    const one = () => data(new Uint8Array(1))
    function* frames() {
      for (let i = 0; i < 1_048_576; i++) yield one()
      globalThis.gc?.()
      held = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed - before
    }
    let held = 0
    globalThis.gc?.()
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed
    assert.is((await within(20_000, readBytes(watched(frames()).body))).length, 1_048_576)
    assert.ok(held < 8_000_000, `${held} bytes`)
  },
)

collecting('a source that is always ready lets timers have their turn', async () => {
  let timer = false
  setTimeout(() => {
    timer = true
  }, 0)
  const one = data(utf8('a'))
  const body = fromPull<Data>(() => ({ pull: () => (timer ? undefined : one), close() {} }))
  await within(5000, readBytes(body, { maxBytes: Number.POSITIVE_INFINITY }))
  await turn()
  assert.ok(timer)
})

collecting.run()

const queue = suite('ByteQueue')

queue('it gives the bytes that it was given, by whatever calls', () => {
  const call = fc.oneof(
    fc.record({
      name: fc.constant('push'),
      size: fc.nat(40),
      times: fc.integer({ min: 1, max: 400 }),
    }),
    fc.record({
      name: fc.constantFrom('take', 'peek', 'takeSome', 'indexOf'),
      size: fc.nat(600),
      times: fc.integer({ min: 1, max: 40 }),
    }),
  )
  holds(
    fc.property(fc.array(call, { maxLength: 30 }), (calls) => {
      const held = new ByteQueue()
      let model: number[] = []
      let next = 0
      for (const { name, size, times } of calls)
        for (let i = 0; i < times; i++) {
          const there = Math.min(size, model.length)
          if (name === 'push') {
            const pushed = Array.from({ length: size }, () => next++ % 251)
            held.push(Uint8Array.from(pushed))
            model = model.concat(pushed)
          } else if (name === 'peek') assert.equal([...held.peek(there)], model.slice(0, there))
          else if (name === 'indexOf')
            assert.is(held.indexOf(size % 251, there), model.indexOf(size % 251, there))
          else {
            const got = name === 'take' ? held.take(there) : held.takeSome(there)
            assert.equal([...got], model.slice(0, got.length))
            assert.ok(name === 'take' ? got.length === there : got.length > 0 || there === 0)
            model = model.slice(got.length)
          }
          assert.is(held.byteLength, model.length)
        }
      held.clear()
      assert.is(held.byteLength, 0)
      assert.is(held.take(0).length, 0)
    }),
    50,
  )
})

queue('an empty part is none: what stands behind it is there to be taken', () => {
  const held = new ByteQueue()
  held.push(new Uint8Array())
  held.push(utf8('a'))
  assert.is(textOf(held.takeSome(1)), 'a')
})

queue('a hundred thousand parts are taken one by one in no long', () => {
  const held = new ByteQueue()
  const part = new Uint8Array(300)
  for (let i = 0; i < 100_000; i++) held.push(part)
  let count = 0
  while (held.byteLength > 0) {
    assert.is(held.takeSome(300).length, 300)
    count++
  }
  assert.is(count, 100_000)
})

queue.run()
