// Errors and frames.
import {
  BodyError,
  bodyErrorStatus,
  concat,
  data,
  isData,
  isFlush,
  isPause,
  isTrailers,
  noFields,
} from '@sluice/body'
import { checkCount, errorsOf, isPromiseLike, loseFrame } from '@sluice/body/engine'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { textOf, utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import type { AnyFrame, BodyErrorCode, Data, Flush, Trailers } from '@sluice/body'

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
