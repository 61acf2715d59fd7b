import { isPromiseLike } from '@sluice/body/engine'
import { answerErrors, mapResponse, output, stack, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { record, wordsOf } from '../support/bodies/record.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { requestOf } from '../support/server/request.ts'
import type {
  Handler,
  HttpRequest,
  HttpResponse,
  Middleware,
  PassingMiddleware,
} from '@sluice/stack'

interface Named {
  readonly name: string
}

/** Tells when it is entered and left. */
const telling =
  (name: string, order: string[]): PassingMiddleware =>
  (next) => {
    order.push(`compose ${name}`)
    return (request) => {
      order.push(`> ${name}`)
      return mapResponse(next(request), (response) => {
        order.push(`< ${name}`)
        return response
      })
    }
  }

const named: PassingMiddleware<HttpRequest, Named> = (next) => (request) =>
  next({ ...request, name: 'Ann' })

const greeted: PassingMiddleware<HttpRequest & Named, { readonly greeting: string }> =
  (next) => (request) =>
    next({ ...request, greeting: `hello, ${request.name}` })

/** A response that is there at once. */
const atOnce = (response: HttpResponse | PromiseLike<HttpResponse>): HttpResponse => {
  if (isPromiseLike(response)) throw new Error('it is a promise')
  return response
}

const wordsIn = async (response: HttpResponse | PromiseLike<HttpResponse>) =>
  wordsOf(await record((await response).body))

const stacks = suite('stack')

stacks('the first is the outermost', () => {
  const order: string[] = []
  const app = stack(
    telling('a', order),
    telling('b', order),
    telling('c', order),
  )(() => {
    order.push('handler')
    return text('')
  })
  order.length = 0
  app(requestOf())
  assert.equal(order, ['> a', '> b', '> c', 'handler', '< c', '< b', '< a'])
})

stacks('is composed once, from the inside, when it is given its handler', () => {
  const order: string[] = []
  const place = stack(telling('a', order), telling('b', order))
  assert.equal(order, [])
  const app = place(() => text(''))
  assert.equal(order, ['compose b', 'compose a'])
  app(requestOf())
  app(requestOf())
  assert.is(order.filter((word) => word.startsWith('compose')).length, 2)
})

stacks('composes again for another handler, and keeps the two apart', async () => {
  const place = stack(named)
  const one = place(({ name }) => text(`one ${name}`))
  const two = place(({ name }) => text(`two ${name}`))
  assert.equal(await wordsIn(one(requestOf())), ['data one Ann', 'end'])
  assert.equal(await wordsIn(two(requestOf())), ['data two Ann', 'end'])
})

stacks('without a middleware it is the handler itself', () => {
  const handler = () => text('')
  assert.is(stack()(handler), handler)
})

stacks('a handler that answers at once costs no promise, through twenty middlewares', () => {
  const twenty = Array.from({ length: 20 }, () => output((body) => body))
  const app: Handler = stack(answerErrors(), ...twenty)(() => text('at once'))
  assert.is(atOnce(app(requestOf())).status, 200)
})

stacks('a handler that answers later answers through all of them', async () => {
  const order: string[] = []
  const app = stack(telling('a', order), telling('b', order))(async () => text('later'))
  order.length = 0
  const response = app(requestOf())
  assert.ok(isPromiseLike(response))
  assert.equal(order, ['> a', '> b'])
  assert.equal(await wordsIn(response), ['data later', 'end'])
  assert.equal(order, ['> a', '> b', '< b', '< a'])
})

stacks('what a middleware adds is seen by those after it and by the handler', async () => {
  const app = stack(named, greeted)(({ greeting, name }) => text(`${greeting}, ${name}`))
  assert.equal(await wordsIn(app(requestOf())), ['data hello, Ann, Ann', 'end'])
})

stacks('the request that came is not changed', () => {
  const request = Object.freeze(requestOf({ target: '/a' }))
  stack(named)((given) => {
    assert.is(given.target, '/a')
    assert.is.not(given, request)
    return text('')
  })(request)
  assert.not('name' in request)
})

stacks('a stack in a stack passes on what comes from outside, and gives what it adds', async () => {
  const inner = stack(greeted, stack())
  const app: Handler = stack(
    named,
    stack(inner),
  )(({ name, greeting }) => text(`${name}: ${greeting}`))
  assert.equal(await wordsIn(app(requestOf())), ['data Ann: hello, Ann', 'end'])
})

stacks('a stack stands in several stacks', async () => {
  const inner = stack(named, greeted)
  const one = stack(inner)(({ greeting }) => text(`1 ${greeting}`))
  const two = stack(answerErrors(), inner)(({ greeting }) => text(`2 ${greeting}`))
  assert.equal(await wordsIn(one(requestOf())), ['data 1 hello, Ann', 'end'])
  assert.equal(await wordsIn(two(requestOf())), ['data 2 hello, Ann', 'end'])
})

stacks('middlewares in an array stand where it does', () => {
  const order: string[] = []
  const some = ['b', 'c'].map((name) => telling(name, order))
  const app: Handler = stack(telling('a', order), ...some)(() => text(''))
  order.length = 0
  app(requestOf())
  assert.equal(order, ['> a', '> b', '> c', '< c', '< b', '< a'])
})

stacks('a middleware that is not generic passes on what it says, and no more', async () => {
  const brief: Middleware<HttpRequest, { readonly path: string }> = (next) => (request) =>
    next({ path: request.target })
  const app: Handler = stack(named, brief)((given) => text(Object.keys(given).join()))
  assert.equal(await wordsIn(app(requestOf())), ['data path', 'end'])
})

stacks('a middleware written in place answers without the handler', async () => {
  let calls = 0
  const app: Handler = stack(
    (_next: Handler): Handler =>
      () =>
        text('enough', { status: 403 }),
  )(() => {
    calls++
    return text('')
  })
  const response = await app(requestOf())
  assert.is(response.status, 403)
  assert.is(calls, 0)
})

stacks('a middleware makes a response of what the handler answers', async () => {
  interface Page {
    readonly title: string
  }
  const render: Middleware<HttpRequest, HttpRequest, Page, HttpResponse> = (next) => (request) =>
    mapResponse(next(request), ({ title }) => text(title))
  const shout: Middleware<HttpRequest, HttpRequest, Page> = (next) => (request) =>
    mapResponse(next(request), ({ title }) => ({ title: title.toUpperCase() }))
  const app: Handler = stack(render, shout)(() => ({ title: 'loud' }))
  assert.equal(await wordsIn(app(requestOf())), ['data LOUD', 'end'])
})

stacks('what a handler throws goes through as it is', async () => {
  const error = new Error('mine')
  const fail = () => {
    throw error
  }
  const place = stack(named, greeted)
  throwsAtOnce(() => place(fail)(requestOf()), error)
  await rejects(() => place(async () => fail())(requestOf()), error)
})

stacks('what is no function is refused at the call', () => {
  // @ts-expect-error what a caller without types may do
  const missing = throwsAtOnce(() => stack(named, undefined), TypeError)
  assert.is(missing.message, 'Cannot stack middleware 2: found undefined, wanted a function')
  // @ts-expect-error
  const unhandled = throwsAtOnce(() => stack(named)(null), TypeError)
  assert.is(unhandled.message, 'Cannot stack the handler: found null, wanted a function')
})

stacks.run()

const maps = suite('mapResponse')

maps('maps a response that is there at once at once', () => {
  assert.is(
    mapResponse(1, (n) => n + 1),
    2,
  )
})

maps('maps a response that comes later when it comes', async () => {
  const mapped = mapResponse(Promise.resolve(1), async (n) => n + 1)
  assert.ok(isPromiseLike(mapped))
  assert.is(await mapped, 2)
})

maps('passes on a failure, and does not map it', async () => {
  const error = new Error('mine')
  let calls = 0
  const count = () => calls++
  await rejects(() => mapResponse(Promise.reject(error), count), error)
  assert.is(calls, 0)
})

maps('what the mapping throws comes at once, or in the promise', async () => {
  const error = new Error('mine')
  const fail = () => {
    throw error
  }
  throwsAtOnce(() => mapResponse(1, fail), error)
  const later = mapResponse(Promise.resolve(1), fail)
  await rejects(() => later, error)
})

maps.run()
