import { BodyError, fields, readText } from '@sluice/body'
import { isPromiseLike } from '@sluice/body/engine'
import {
  answerError,
  answerErrors,
  HttpError,
  httpErrorStatus,
  httpErrorsOf,
  stack,
  text,
} from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { requestOf } from '../support/server/request.ts'
import { turn } from '../support/within.ts'
import type { Handler, HttpErrorCode, HttpRequest, HttpResponse } from '@sluice/stack'

const errors = suite('HttpError')

errors('has the status of its code, its message and its cause', () => {
  const cause = new Error('no such row')
  const error = new HttpError('NOT_FOUND', 'Cannot find the page', { cause })
  assert.instance(error, Error)
  assert.is(error.name, 'HttpError')
  assert.is(error.code, 'NOT_FOUND')
  assert.is(error.status, 404)
  assert.is(error.message, 'Cannot find the page')
  assert.is(error.cause, cause)
})

errors('without a cause it has none', () => {
  assert.not.ok('cause' in new HttpError('GONE', 'Gone'))
  assert.not.ok('cause' in new HttpError('GONE', 'Gone', { expose: false }))
})

errors('a code of an application brings its status, and is answered with it', async () => {
  const error = new HttpError('OUT_OF_TEA', 'Cannot brew', { status: 418 })
  assert.is(error.code, 'OUT_OF_TEA')
  assert.is(error.status, 418)
  assert.is(error.expose, true)
  const { status, body } = answerError(error)
  assert.is(status, 418)
  assert.is(await readText(body), 'Cannot brew\n')
})

errors('a status that is no error status is refused at the call', () => {
  throwsAtOnce(() => new HttpError('OUT_OF_TEA', '', { status: 200 }), RangeError)
})

errors('is a BodyError: one class, with fields of the response', () => {
  assert.instance(new HttpError('GONE', ''), BodyError)
})

errors('httpErrorsOf makes errors of the codes it was given, with fields and expose', () => {
  const teaError = httpErrorsOf({ OUT_OF_TEA: 418, KETTLE_BUSY: 503 })
  const error = teaError('KETTLE_BUSY', 'It boils', {
    headers: { 'retry-after': '60' },
    expose: true,
  })
  assert.instance(error, HttpError)
  assert.is(error.code, 'KETTLE_BUSY')
  assert.is(error.status, 503)
  assert.is(error.headers.get('retry-after'), '60')
  assert.is(error.expose, true)
  assert.is(teaError('OUT_OF_TEA', 'Cannot brew').expose, true)
  assert.not.ok('cause' in teaError('OUT_OF_TEA', 'Cannot brew'))
})

errors('has the fields that it is given, and none by default', () => {
  const { headers } = new HttpError('UNAUTHORIZED', '', {
    headers: { 'WWW-Authenticate': 'Basic' },
  })
  assert.equal([...headers], [['www-authenticate', 'Basic']])
  assert.is(new HttpError('GONE', '').headers.size, 0)
})

errors('a field that is invalid is refused at the call', () => {
  throwsAtOnce(() => new HttpError('GONE', '', { headers: { 'a b': '' } }), TypeError)
})

errors('shows its message under 500, unless it is told', () => {
  assert.is(new HttpError('GONE', '').expose, true)
  assert.is(new HttpError('INTERNAL_ERROR', '').expose, false)
  assert.is(new HttpError('GONE', '', { expose: false }).expose, false)
  assert.is(new HttpError('INTERNAL_ERROR', '', { expose: true }).expose, true)
})

errors('every code has a status from 400 to 599', () => {
  const isCode = (code: string): code is HttpErrorCode => Object.hasOwn(httpErrorStatus, code)
  const codes = Object.keys(httpErrorStatus).filter(isCode)
  assert.ok(codes.length > 20)
  for (const code of codes) {
    const { status } = new HttpError(code, '')
    assert.ok(Number.isInteger(status) && status >= 400 && status <= 599, code)
  }
})

errors(
  'the classes and their stacks have the names that users know, also when they are built',
  () => {
    assert.match(new HttpError('NOT_FOUND', 'no').stack ?? '', /^HttpError: no\n/)
    assert.match(new BodyError('BODY_USED', 'no').stack ?? '', /^BodyError: no\n/)
  },
)

errors.run()

const oneError = suite('answerError')

/** Ours, with another status than its code's. */
const withStatus = (status: unknown) =>
  Object.defineProperty(new BodyError('BODY_TOO_LARGE', 'told'), 'status', { value: status })

/** The shape of the errors of clients of other services: the status is one that we got, and the message for us. */
const clientsShape = (status: number, more: object = {}) =>
  Object.assign(new Error('Incorrect API key provided: sk-live-1234'), { status, ...more })

/** The shape of the errors of `http-errors`, which Express and Koa throw. */
const httpErrorsShape = (status: unknown, expose: boolean) =>
  Object.assign(new Error('told'), { status, statusCode: status, expose, name: 'NotFoundError' })

/** As another copy of these packages makes it: the classes are not the same. */
const otherCopy = (name: string, more: object) => {
  class Other extends Error {
    override readonly name = name
  }
  Object.defineProperty(Other.prototype, Symbol.for('sluice.error'), { value: true })
  return Object.assign(new Other('told'), more)
}

const throwing = (name: string): object =>
  Object.defineProperty({ status: 404, message: 'told', expose: true }, name, {
    get() {
      throw new Error('from a getter')
    },
  })

const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const rows: readonly {
  readonly name: string
  readonly given: unknown
  readonly status: number
  readonly content: string
}[] = [
  {
    name: 'one of ours under 500 shows its message',
    given: new HttpError('FORBIDDEN', 'Cannot show it'),
    status: 403,
    content: 'Cannot show it\n',
  },
  {
    name: 'one of ours of 500 or more shows nothing',
    given: new HttpError('UNAVAILABLE', 'db-3 is down'),
    status: 503,
    content: '',
  },
  {
    name: 'one of a body has its status',
    given: new BodyError('BODY_TOO_LARGE', 'Cannot read it'),
    status: 413,
    content: 'Cannot read it\n',
  },
  {
    name: 'one of ours that says expose: false shows nothing',
    given: new HttpError('FORBIDDEN', 'Ann has no card', { expose: false }),
    status: 403,
    content: '',
  },
  {
    name: 'one of ours of 500 or more that says expose: true shows its message',
    given: new HttpError('UNAVAILABLE', 'Back at five', { expose: true }),
    status: 503,
    content: 'Back at five\n',
  },
  {
    name: 'one of a body that says expose: false shows nothing',
    given: Object.assign(new BodyError('BODY_TOO_LARGE', 'secret'), { expose: false }),
    status: 413,
    content: '',
  },
  {
    name: 'an HttpError of another copy is ours',
    given: otherCopy('HttpError', { code: 'A_NEWER_ONE', status: 422 }),
    status: 422,
    content: 'told\n',
  },
  {
    name: 'a BodyError of another copy is ours, and of 500 shows nothing',
    given: otherCopy('BodyError', { code: 'A_NEWER_ONE', status: 500 }),
    status: 500,
    content: '',
  },
  {
    name: 'one of another library that says expose: true shows its message',
    given: httpErrorsShape(404, true),
    status: 404,
    content: 'told\n',
  },
  {
    name: 'one of another library that says expose: false has its status and shows nothing',
    given: httpErrorsShape(404, false),
    status: 404,
    content: '',
  },
  {
    name: 'one of another library of 503 that says expose: true shows its message',
    given: httpErrorsShape(503, true),
    status: 503,
    content: 'told\n',
  },
  {
    name: 'a 401 that a service has answered us is a 500 and shows nothing',
    given: clientsShape(401),
    status: 500,
    content: '',
  },
  {
    name: 'a 503 that a service has answered us is a 500',
    given: clientsShape(503),
    status: 500,
    content: '',
  },
  {
    name: 'an expose that is neither true nor false says nothing',
    given: clientsShape(401, { expose: 'true' }),
    status: 500,
    content: '',
  },
  {
    name: 'a name and a code like ours make no error ours',
    given: clientsShape(404, { name: 'HttpError', code: 'NOT_FOUND' }),
    status: 500,
    content: '',
  },
  {
    name: 'expose: true without a status is a 500 with its message',
    given: httpErrorsShape(undefined, true),
    status: 500,
    content: 'told\n',
  },
  {
    name: 'status 400 is the first that counts',
    given: withStatus(400),
    status: 400,
    content: 'told\n',
  },
  { name: 'status 399 is a 500', given: withStatus(399), status: 500, content: '' },
  { name: 'status 200 is a 500', given: withStatus(200), status: 500, content: '' },
  { name: 'status 499 shows its message', given: withStatus(499), status: 499, content: 'told\n' },
  { name: 'status 500 shows nothing', given: withStatus(500), status: 500, content: '' },
  { name: 'status 599 is the last that counts', given: withStatus(599), status: 599, content: '' },
  { name: 'status 600 is a 500', given: withStatus(600), status: 500, content: '' },
  { name: 'status 404.5 is a 500', given: withStatus(404.5), status: 500, content: '' },
  { name: 'status NaN is a 500', given: withStatus(Number.NaN), status: 500, content: '' },
  { name: 'status "404" is a 500', given: withStatus('404'), status: 500, content: '' },
  {
    name: 'an error without a status is a 500',
    given: new Error('secret'),
    status: 500,
    content: '',
  },
  {
    name: 'a frozen error is answered',
    given: Object.freeze(withStatus(404)),
    status: 404,
    content: 'told\n',
  },
  {
    name: 'an object without a prototype is answered',
    given: Object.assign(Object.create(null), { status: 404, message: 'told', expose: true }),
    status: 404,
    content: 'told\n',
  },
  {
    name: 'an empty message is no content',
    given: new HttpError('GONE', ''),
    status: 410,
    content: '',
  },
  {
    name: 'a message that is no string is not shown',
    given: { status: 404, message: 1, expose: true },
    status: 404,
    content: '',
  },
  {
    name: 'a status without a message has no content',
    given: { status: 404, expose: true },
    status: 404,
    content: '',
  },
  {
    name: 'a response of fetch that is thrown is a 500',
    given: new Response('x', { status: 404 }),
    status: 500,
    content: '',
  },
  { name: 'a string is a 500', given: 'secret', status: 500, content: '' },
  { name: 'a number is a 500', given: 404, status: 500, content: '' },
  { name: 'null is a 500', given: null, status: 500, content: '' },
  { name: 'undefined is a 500', given: undefined, status: 500, content: '' },
  {
    name: 'a function is a 500',
    given: Object.assign(() => 1, { status: 404, expose: true }),
    status: 500,
    content: '',
  },
  { name: 'a status that throws is a 500', given: throwing('status'), status: 500, content: '' },
  { name: 'a message that throws is a 500', given: throwing('message'), status: 500, content: '' },
  { name: 'an expose that throws is a 500', given: throwing('expose'), status: 500, content: '' },
  { name: 'a revoked proxy is a 500', given: revoked(), status: 500, content: '' },
]

for (const { name, given, status, content } of rows)
  oneError(name, async () => {
    const response = answerError(given)
    assert.is(response.status, status)
    assert.is(response.body.byteLength, Buffer.byteLength(content))
    assert.is(
      response.headers.get('content-type'),
      content === '' ? undefined : 'text/plain; charset=utf-8',
    )
    assert.is(await readText(response.body), content)
  })

for (const { name, error, content } of [
  {
    name: 'with a message',
    error: new HttpError('UNAUTHORIZED', 'Log in', { headers: { 'www-authenticate': 'Basic' } }),
    content: 'Log in\n',
  },
  {
    name: 'of 500 or more',
    error: new HttpError('UNAVAILABLE', 'db-3', { headers: { 'www-authenticate': 'Basic' } }),
    content: '',
  },
  {
    name: 'of another copy',
    error: otherCopy('HttpError', {
      status: 401,
      headers: fields({ 'www-authenticate': 'Basic' }),
    }),
    content: 'told\n',
  },
])
  oneError(`the fields of an error ${name} are those of the response`, async () => {
    const { headers, body } = answerError(error)
    assert.is(headers.get('www-authenticate'), 'Basic')
    assert.is(await readText(body), content)
  })

oneError('a content-type of the error is that of its message, and a content-length is not', () => {
  const headers = { 'content-type': 'application/problem+json', 'content-length': '9' }
  const response = answerError(new HttpError('CONFLICT', '{}', { headers }))
  assert.equal([...response.headers], [['content-type', 'application/problem+json']])
})

oneError('fields of an error of another library are not passed on', () => {
  const given = Object.assign(httpErrorsShape(404, true), { headers: { 'set-cookie': 'a=1' } })
  assert.not(answerError(given).headers.has('set-cookie'))
})

oneError.run()

const allErrors = suite('answerErrors')

const thrower =
  (error: unknown): Handler =>
  () => {
    throw error
  }
const rejecter =
  (error: unknown): Handler =>
  async () => {
    throw error
  }
const statusOf = async (response: HttpResponse | PromiseLike<HttpResponse>) =>
  (await response).status

allErrors('what is thrown at once is answered at once', () => {
  const response = stack(answerErrors())(thrower(new HttpError('GONE', 'Gone')))(requestOf())
  assert.ok(!isPromiseLike(response))
  assert.is(response.status, 410)
})

allErrors('what rejects is answered', async () => {
  const response = stack(answerErrors())(rejecter(new HttpError('GONE', 'Gone')))(requestOf())
  assert.is(await statusOf(response), 410)
})

allErrors('a promise of another library is answered', async () => {
  const rejected = Promise.reject<HttpResponse>(new HttpError('GONE', 'Gone'))
  const thenable: PromiseLike<HttpResponse> = {
    // biome-ignore lint/suspicious/noThenProperty: it has nothing else
    then: (fulfilled, failed) => rejected.then(fulfilled, failed),
  }
  assert.is(await statusOf(stack(answerErrors())(() => thenable)(requestOf())), 410)
})

for (const error of [null, undefined, 'text', 0, Object.freeze(new Error('frozen'))])
  allErrors(`${String(error)}, thrown or rejected, is a 500, and told of as it is`, async () => {
    const told: unknown[] = []
    const place = stack(answerErrors({ onError: (each) => told.push(each) }))
    assert.is(await statusOf(place(thrower(error))(requestOf())), 500)
    assert.is(await statusOf(place(rejecter(error))(requestOf())), 500)
    assert.is(told.length, 2)
    assert.is(told[0], error)
    assert.is(told[1], error)
  })

allErrors('onError is told of the request as it came in there, also under 500', () => {
  const told: HttpRequest[] = []
  const request = requestOf({ target: '/lost' })
  const onError = (_: unknown, asked: HttpRequest) => told.push(asked)
  stack(answerErrors({ onError }))(thrower(new HttpError('NOT_FOUND', '')))(request)
  assert.is(told.length, 1)
  assert.is(told[0], request)
})

allErrors('an answer is passed on as it is, and nobody is told', async () => {
  let calls = 0
  const place = stack(answerErrors({ onError: () => calls++ }))
  const response = text('fine', { status: 404 })
  assert.is(place(() => response)(requestOf()), response)
  assert.is(await place(async () => response)(requestOf()), response)
  assert.is(calls, 0)
})

allErrors('what stands outside sees the response, what stands inside has thrown', async () => {
  const seen: number[] = []
  const app = stack(
    (next: Handler): Handler =>
      async (request) => {
        const response = await next(request)
        seen.push(response.status)
        return response
      },
    answerErrors(),
  )(thrower(new HttpError('CONFLICT', '')))
  await app(requestOf())
  assert.equal(seen, [409])
})

allErrors('an error of the body does not come here: its reader has it', async () => {
  const told: unknown[] = []
  const error = new Error('late')
  const app = stack(answerErrors({ onError: (each) => told.push(each) }))(() => ({
    ...text(''),
    body: {
      // biome-ignore lint/correctness/useYield: it fails before its first frame
      async *[Symbol.asyncIterator]() {
        throw error
      },
    },
  }))
  const response = await app(requestOf())
  assert.is(response.status, 200)
  await rejects(() => readText(response.body), error)
  assert.equal(told, [])
})

allErrors('what onError throws goes out, at once or in the promise', async () => {
  const error = new Error('from onError')
  const place = stack(
    answerErrors({
      onError() {
        throw error
      },
    }),
  )
  throwsAtOnce(() => place(thrower(null))(requestOf()), error)
  await rejects(() => place(rejecter(null))(requestOf()), error)
})

allErrors('a promise of onError is waited for, and what it rejects with goes out', async () => {
  const error = new Error('from onError')
  for (const failing of [thrower(null), rejecter(null)]) {
    let isTold = false
    const telling = stack(
      answerErrors({
        async onError() {
          await turn()
          isTold = true
        },
      }),
    )
    assert.is(await statusOf(telling(failing)(requestOf())), 500)
    assert.ok(isTold)
    const broken = stack(
      answerErrors({
        async onError() {
          throw error
        },
      }),
    )
    await rejects(async () => broken(failing)(requestOf()), error)
  }
})

allErrors.run()
