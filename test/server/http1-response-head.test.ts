// Heads of responses to the byte, without any I/O.
import { STATUS_CODES } from 'node:http'
import { fields, toBody } from '@sluice/body'
import { fromPull } from '@sluice/body/engine'
import { droppedFields, ResponseHeadCache, refusal, responseHead } from '@sluice/server/http1'
import { empty, HttpError, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { throwsAtOnce } from '../support/rejects.ts'
import type { Body, FieldsInit, Frame } from '@sluice/body'
import type { ResponseFraming } from '@sluice/server/http1'
import type { HttpResponse } from '@sluice/stack'

const heads = suite('responseHead')

const unknownLength = (): Body<Frame> =>
  fromPull<Frame>(() => ({ pull: () => undefined, close() {} }))

const response = (status: number, headers: FieldsInit, body: Body<Frame>): HttpResponse => ({
  status,
  headers: fields(headers),
  body,
})

interface HeadCase {
  readonly name: string
  readonly section: string
  readonly method?: string
  readonly version?: '1.0' | '1.1'
  readonly given: HttpResponse
  readonly mayKeepAlive?: boolean
  /** Lines after the status line, without date. */
  readonly lines: readonly string[]
  readonly framing: ResponseFraming['kind']
  readonly keepAlive?: boolean
}

const typed = 'content-type: text/plain; charset=utf-8'

const headCases: readonly HeadCase[] = [
  {
    name: 'a body that knows its length',
    section: '6.2',
    given: text('hello'),
    lines: [typed, 'content-length: 5'],
    framing: 'length',
  },
  {
    name: 'a body of nothing',
    section: '6.2',
    given: response(200, {}, toBody(null)),
    lines: ['content-length: 0'],
    framing: 'length',
  },
  {
    name: 'a body that does not know its length',
    section: '6.1',
    given: response(200, {}, unknownLength()),
    lines: ['transfer-encoding: chunked'],
    framing: 'chunked',
  },
  {
    name: 'a length that the handler gives',
    section: '6.2',
    given: response(200, { 'content-length': 7 }, unknownLength()),
    lines: ['content-length: 7'],
    framing: 'length',
  },
  {
    name: 'a length that the handler gives and the body knows, once',
    section: '6.2',
    given: response(200, { 'content-length': ['5', '5'] }, toBody('hello')),
    lines: ['content-length: 5'],
    framing: 'length',
  },
  {
    name: 'HEAD, as a GET',
    section: 'RFC 9110 9.3.2',
    method: 'HEAD',
    given: text('hello'),
    lines: [typed, 'content-length: 5'],
    framing: 'none',
  },
  {
    name: 'HEAD of a body that does not know its length, as a GET',
    section: 'RFC 9110 9.3.2',
    method: 'HEAD',
    given: response(200, {}, unknownLength()),
    lines: ['transfer-encoding: chunked'],
    framing: 'none',
  },
  {
    name: 'HEAD with a length and without a body',
    section: 'RFC 9110 8.6',
    method: 'HEAD',
    given: response(200, { 'content-length': 7 }, toBody(null)),
    lines: ['content-length: 7'],
    framing: 'none',
  },
  {
    name: '204 has neither content nor length',
    section: 'RFC 9110 8.6',
    given: response(204, { 'content-length': 0 }, toBody(null)),
    lines: [],
    framing: 'none',
  },
  {
    name: '204 of a body that does not know its length has no coding',
    section: '6.1',
    given: response(204, {}, unknownLength()),
    lines: [],
    framing: 'none',
  },
  {
    name: '205 has no content, and says so',
    section: 'RFC 9110 15.3.6',
    given: response(205, {}, unknownLength()),
    lines: ['content-length: 0'],
    framing: 'none',
  },
  {
    name: '205 with content that is not to be',
    section: 'RFC 9110 15.3.6',
    given: response(205, { 'content-length': 5 }, toBody('hello')),
    lines: ['content-length: 0'],
    framing: 'none',
  },
  {
    name: '205 in HTTP/1.0 need not close',
    section: 'RFC 9110 15.3.6',
    version: '1.0',
    given: response(205, {}, unknownLength()),
    lines: ['connection: keep-alive', 'content-length: 0'],
    framing: 'none',
  },
  {
    name: '426 with its Upgrade, which Connection names',
    section: 'RFC 9110 15.5.22',
    given: response(426, { upgrade: 'websocket', connection: 'Upgrade' }, toBody(null)),
    lines: ['upgrade: websocket', 'connection: upgrade', 'content-length: 0'],
    framing: 'length',
  },
  {
    name: '426 with its Upgrade on a connection that closes',
    section: 'RFC 9110 15.5.22',
    mayKeepAlive: false,
    given: response(426, { upgrade: ['a', 'b'] }, toBody(null)),
    lines: [
      'upgrade: a',
      'upgrade: b',
      'connection: close',
      'connection: upgrade',
      'content-length: 0',
    ],
    framing: 'length',
    keepAlive: false,
  },
  {
    name: '304 with the length that a 200 would have',
    section: 'RFC 9110 8.6',
    given: response(304, { 'content-length': 7, etag: '"a"' }, toBody(null)),
    lines: ['etag: "a"', 'content-length: 7'],
    framing: 'none',
  },
  {
    name: '304 without a length says none',
    section: 'RFC 9110 8.6',
    given: empty({ status: 304 }),
    lines: [],
    framing: 'none',
  },
  {
    name: 'HTTP/1.0 closes',
    section: '9.3',
    version: '1.0',
    mayKeepAlive: false,
    given: text('hello'),
    lines: [typed, 'connection: close', 'content-length: 5'],
    framing: 'length',
    keepAlive: false,
  },
  {
    name: 'HTTP/1.0 that asked to stay is told that it does',
    section: '9.3',
    version: '1.0',
    given: text('hello'),
    lines: [typed, 'connection: keep-alive', 'content-length: 5'],
    framing: 'length',
  },
  {
    name: 'HTTP/1.0 and an unknown length: up to the end of the connection',
    section: '6.3',
    version: '1.0',
    given: response(200, {}, unknownLength()),
    lines: ['connection: close'],
    framing: 'close',
    keepAlive: false,
  },
  {
    name: 'HTTP/1.0, HEAD and an unknown length',
    section: '6.1',
    method: 'HEAD',
    version: '1.0',
    given: response(200, {}, unknownLength()),
    lines: ['connection: keep-alive'],
    framing: 'none',
  },
  {
    name: 'a connection that must not stay',
    section: '9.6',
    mayKeepAlive: false,
    given: text('hello'),
    lines: [typed, 'connection: close', 'content-length: 5'],
    framing: 'length',
    keepAlive: false,
  },
  {
    name: 'a handler that says close',
    section: '9.6',
    given: text('hello', { headers: { connection: 'x, Close' } }),
    lines: [typed, 'connection: close', 'content-length: 5'].sort(),
    framing: 'length',
    keepAlive: false,
  },
  {
    name: 'fields of the connection are the connection’s',
    section: 'RFC 9110 7.6.1',
    given: response(
      200,
      {
        connection: 'keep-alive, x',
        'keep-alive': 'timeout=5',
        'proxy-connection': 'x',
        'transfer-encoding': 'gzip, chunked',
        upgrade: 'h2c',
        'x-own': '1',
      },
      toBody('hello'),
    ),
    lines: ['x-own: 1', 'content-length: 5'],
    framing: 'length',
  },
  {
    name: 'lines of set-cookie stay apart and in order',
    section: 'RFC 9110 5.3',
    given: response(200, { 'set-cookie': ['a=1', 'b=2'] }, toBody(null)),
    lines: ['set-cookie: a=1', 'set-cookie: b=2', 'content-length: 0'],
    framing: 'length',
  },
]

for (const each of headCases)
  heads(`${each.name} (${each.section})`, () => {
    const { method = 'GET', version = '1.1', given, mayKeepAlive = true } = each
    const date = 'Sun, 06 Nov 1994 08:49:37 GMT'
    const head = responseHead({ method, version }, given, { keepAlive: mayKeepAlive, date })
    assert.ok(head.text.endsWith('\r\n\r\n'))
    const [first = '', ...lines] = head.text.slice(0, -4).split('\r\n')
    assert.match(first, new RegExp(`^HTTP/1\\.1 ${given.status} [A-Z]`, 'i'))
    const others = lines.filter((line) => line !== `date: ${date}`)
    assert.is(others.length, lines.length - 1, 'one date')
    assert.equal([...others].sort(), [...each.lines].sort())
    assert.is(head.framing.kind, each.framing)
    assert.is(head.keepAlive, each.keepAlive ?? true)
  })

heads('a cache changes nothing, whatever the heads before were', () => {
  const cache = new ResponseHeadCache()
  for (let again = 0; again < 3; again++)
    for (const { name, method = 'GET', version = '1.1', given, mayKeepAlive = true } of headCases) {
      const options = { keepAlive: mayKeepAlive, date: `date ${again}` }
      const wanted = responseHead({ method, version }, given, options)
      assert.equal(responseHead({ method, version }, given, { ...options, cache }), wanted, name)
    }
})

const options = { keepAlive: true, date: 'now' }
const headOf = (given: HttpResponse, method = 'GET'): string =>
  responseHead({ method, version: '1.1' }, given, options).text

heads('a date that the handler gives stands alone (RFC 9110 6.6.1)', () => {
  const head = headOf(response(200, { Date: 'then' }, toBody(null)))
  assert.match(head, /\r\ndate: then\r\n/)
  assert.not.match(head, /now/)
})

heads('a status without a name has an empty phrase, and its space (section 4)', () => {
  assert.match(headOf(response(299, {}, toBody(null))), /^HTTP\/1\.1 299 \r\n/)
})

/** RFC 9110 has renamed these since. */
const renamed: Record<number, string> = { 413: 'Content Too Large', 422: 'Unprocessable Content' }
/** In no registry. */
const unregistered = ['509']

heads('statuses have the phrases that node:http has, or those of RFC 9110 section 15', () => {
  const known = Object.entries(STATUS_CODES).filter(([status]) => Number(status) >= 200)
  const wanted = known.filter(([status]) => !unregistered.includes(status))
  for (const [status, phrase] of wanted) {
    const [line] = headOf(response(Number(status), {}, toBody(null))).split('\r\n')
    assert.is(line, `HTTP/1.1 ${status} ${renamed[Number(status)] ?? phrase}`)
  }
  assert.ok(wanted.length > 50)
})

for (const status of [99, 100, 101, 199, 600, 1000, 200.5, Number.NaN, -200])
  heads(`the status ${status} is refused`, () => {
    throwsAtOnce(() => headOf(response(status, {}, toBody(null))), 'RESPONSE_INVALID')
  })

for (const status of [200, 599])
  heads(`the status ${status} is sent`, () => {
    assert.match(headOf(response(status, {}, toBody(null))), new RegExp(`^HTTP/1.1 ${status} `))
  })

for (const [name, given, dropped] of [
  ['no field of the connection', { x: 'y', upgrade: undefined }, []],
  ['Connection that says what is done', { connection: ['close', 'Keep-Alive, close'] }, []],
  ['Connection that names a field', { connection: 'close, x' }, ['connection']],
  ['Upgrade with another status than 426', { upgrade: 'h2c' }, ['upgrade']],
  [
    'each of them',
    {
      'Transfer-Encoding': 'chunked',
      'keep-alive': 'timeout=5',
      'proxy-connection': 'close',
      connection: 'upgrade',
    },
    ['transfer-encoding', 'keep-alive', 'proxy-connection', 'connection'],
  ],
] as const)
  heads(`${name}: what is not sent is named (RFC 9110 7.6.1)`, () => {
    for (let again = 0; again < 2; again++) {
      const head = responseHead(
        { method: 'GET', version: '1.1' },
        response(200, given, toBody(null)),
        options,
      )
      assert.equal(head.dropped, dropped)
      assert.not.match(head.text, /transfer-encoding|timeout|proxy-|h2c|upgrade/)
    }
  })

heads('the error of dropped fields names them', () => {
  const error = droppedFields(['upgrade', 'keep-alive'])
  assert.is(error.code, 'RESPONSE_INVALID')
  assert.match(error.message, /^Cannot send upgrade, keep-alive: /)
})

for (const byteLength of [-1, 2.5, 2 ** 60, Number.NaN, Number.POSITIVE_INFINITY])
  heads(`a body whose byteLength is ${byteLength} is refused`, () => {
    for (const [method, status] of [
      ['GET', 200],
      ['HEAD', 200],
      ['GET', 304],
    ] as const) {
      const body = { byteLength, async *[Symbol.asyncIterator]() {} }
      throwsAtOnce(() => headOf(response(status, {}, body), method), 'RESPONSE_INVALID')
    }
  })

heads('a body whose byteLength is a text writes no lines of its own', () => {
  const body = { async *[Symbol.asyncIterator]() {} }
  Object.assign(body, { byteLength: '3\r\nset-cookie: a=b' })
  throwsAtOnce(() => headOf(response(200, {}, body), 'HEAD'), 'RESPONSE_INVALID')
})

for (const length of ['', '+5', '5.0', '0x5', '5, 5', 'five', '-5', '9007199254740993'])
  heads(`the content-length ${JSON.stringify(length)} is refused`, () => {
    const given = response(200, { 'content-length': length }, unknownLength())
    throwsAtOnce(() => headOf(given), 'RESPONSE_INVALID')
  })

for (const [name, method, given] of [
  ['not that of the body', 'GET', response(200, { 'content-length': 6 }, toBody('hello'))],
  [
    'not that of the body, to HEAD',
    'HEAD',
    response(200, { 'content-length': 6 }, toBody('12345')),
  ],
  ['and the body nothing', 'GET', response(200, { 'content-length': 6 }, toBody(null))],
  ['said twice', 'GET', response(200, { 'content-length': ['5', '6'] }, unknownLength())],
  ['said twice, to HEAD', 'HEAD', response(200, { 'content-length': ['5', '6'] }, toBody(null))],
] as const)
  heads(`a content-length that is ${name} is refused`, () => {
    throwsAtOnce(() => headOf(given, method), 'RESPONSE_INVALID')
  })

/** Fields of somebody else, which have not been checked. */
const foreign = (name: string, value: string) => ({
  ...fields(),
  size: 1,
  get: () => value,
  getAll: () => [value],
  has: () => true,
  set: () => fields(),
  append: () => fields(),
  delete: () => fields(),
  *[Symbol.iterator]() {
    yield [name, value] as const
  },
})

for (const [name, field, value] of [
  ['a line end in a value', 'x', 'a\r\nset-cookie: b'],
  ['a CR in a value', 'x', 'a\rb'],
  ['a LF in a value', 'x', 'a\nb'],
  ['a NUL in a value', 'x', 'a\0b'],
  ['a character whose low byte is a LF', 'x', 'a\u010ab'],
  ['a line end in a name', 'x\r\ny', 'a'],
  ['a colon in a name', 'x:', 'a'],
  ['an empty name', '', 'a'],
] as const)
  heads(`${name} of foreign fields never gets into a head (RFC 9110 5.5)`, () => {
    const given = { status: 200, headers: foreign(field, value), body: toBody(null) }
    throwsAtOnce(() => headOf(given), TypeError)
  })

heads.run()

const refusals = suite('refusal')

refusals('it is a whole response that closes, and explains what the client did wrong', () => {
  const error = new HttpError('HOST_INVALID', 'Cannot serve: no Host')
  assert.equal(refusal(error, 'now').split('\r\n'), [
    'HTTP/1.1 400 Bad Request',
    'content-type: text/plain; charset=utf-8',
    'date: now',
    'connection: close',
    'content-length: 22',
    '',
    'Cannot serve: no Host\n',
  ])
})

for (const error of [
  new Error('secret'),
  new HttpError('INTERNAL_ERROR', 'secret'),
  'secret',
  undefined,
  { status: 200, message: 'secret' },
])
  refusals(`${JSON.stringify(error)} is not explained`, () => {
    const sent = refusal(error, 'now')
    assert.match(sent, /^HTTP\/1\.1 500 Internal Server Error\r\n/)
    assert.match(sent, /\r\ncontent-length: 0\r\n\r\n$/)
    assert.not.match(sent, /secret/)
  })

refusals('a message that must not be shown is not', () => {
  const error = Object.assign(new Error('secret'), { status: 400, expose: false })
  assert.not.match(refusal(error, 'now'), /secret/)
  assert.match(refusal(error, 'now'), /^HTTP\/1\.1 400 [\s\S]*\r\ncontent-length: 0\r\n\r\n$/)
})

refusals('fields of the error are sent, but not a length or what is the connection’s', () => {
  const headers = { 'retry-after': 1, 'content-length': 'five', 'keep-alive': 'timeout=5' }
  const sent = refusal(new HttpError('TOO_MANY_REQUESTS', 'later', { headers }), 'now')
  assert.equal(sent.split('\r\n'), [
    'HTTP/1.1 429 Too Many Requests',
    'retry-after: 1',
    'content-type: text/plain; charset=utf-8',
    'date: now',
    'connection: close',
    'content-length: 6',
    '',
    'later\n',
  ])
})

refusals('its content is UTF-8, as its type says, and its length is in bytes', () => {
  const sent = refusal(new HttpError('BAD_REQUEST', 'caf\u00e9 \u20ac'), 'now')
  const [head = '', content = ''] = sent.split('\r\n\r\n')
  assert.match(head, /charset=utf-8/)
  assert.match(head, /content-length: 10$/)
  assert.is(Buffer.from(content, 'latin1').toString(), 'caf\u00e9 \u20ac\n')
})

refusals.run()
