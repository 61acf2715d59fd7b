// Errors, frames, and a body collected whole.
import {
  BodyError,
  bodyErrorStatus,
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
import { checkCount, errorsOf, fromPull, isPromiseLike, loseFrame } from '@sluice/body/engine'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { textOf, utf8 } from '../support/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { watched } from '../support/sources.ts'
import { deferred, stateOf, turn, within } from '../support/within.ts'
import type { AnyFrame, BodyErrorCode, Data, Flush, Frame, Trailers } from '@sluice/body'

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
