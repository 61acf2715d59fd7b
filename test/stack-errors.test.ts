import { BodyError, isPromiseLike, text as textOf } from '@sluice/body'
import { answerError, answerErrors, HttpError, httpErrorStatus, stack, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rejects, throwsAtOnce } from './support/rejects.ts'
import { requestOf } from './support/request.ts'
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

errors.run()

const oneError = suite('answerError')

const withStatus = (status: unknown, more: object = {}) =>
  Object.assign(new Error('told'), { status, ...more })

/** The shape of the errors of `http-errors`, which Express and Koa throw. */
const httpErrorsShape = (status: number, expose: boolean) =>
  withStatus(status, { statusCode: status, expose, name: 'NotFoundError' })

const throwing = (name: string): object =>
  Object.defineProperty({ status: 404, message: 'told' }, name, {
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
    name: 'one of another library under 500 shows its message',
    given: httpErrorsShape(404, true),
    status: 404,
    content: 'told\n',
  },
  {
    name: 'one that says expose: false shows nothing',
    given: httpErrorsShape(404, false),
    status: 404,
    content: '',
  },
  {
    name: 'one of 500 that says expose: true shows nothing',
    given: httpErrorsShape(500, true),
    status: 500,
    content: '',
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
    given: Object.assign(Object.create(null), { status: 404, message: 'told' }),
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
    given: { status: 404, message: 1 },
    status: 404,
    content: '',
  },
  {
    name: 'a status without a message has no content',
    given: { status: 404 },
    status: 404,
    content: '',
  },
  {
    name: 'a response that is thrown gives its status',
    given: new Response('x', { status: 404 }),
    status: 404,
    content: '',
  },
  { name: 'a string is a 500', given: 'secret', status: 500, content: '' },
  { name: 'a number is a 500', given: 404, status: 500, content: '' },
  { name: 'null is a 500', given: null, status: 500, content: '' },
  { name: 'undefined is a 500', given: undefined, status: 500, content: '' },
  {
    name: 'a function is a 500',
    given: Object.assign(() => 1, { status: 404 }),
    status: 500,
    content: '',
  },
  { name: 'a status that throws is a 500', given: throwing('status'), status: 500, content: '' },
  { name: 'a message that throws is a 500', given: throwing('message'), status: 500, content: '' },
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
    assert.is(await textOf(response.body), content)
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
  await rejects(() => textOf(response.body), error)
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

allErrors.run()
