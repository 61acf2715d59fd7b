// Whatever is thrown between the handler's answer and the server, the body of the answer is closed, once.
import { createReadStream } from 'node:fs'
import { data, readText } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { compress } from '@sluice/compress'
import { mapText } from '@sluice/filter'
import {
  answerErrors,
  discard,
  filterRequest,
  filterResponse,
  input,
  mapResponse,
  output,
  stack,
  stream,
  text,
} from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watched } from '../support/bodies/sources.ts'
import { utf8 } from '../support/parsing/cuts.ts'
import { throwsAtOnce } from '../support/rejects.ts'
import { readResponse } from '../support/server/read-response.ts'
import { requestOf } from '../support/server/request.ts'
import { get, post, serving } from '../support/server/serving.ts'
import { turn } from '../support/within.ts'
import type { Body, Data, Frame } from '@sluice/body'
import type { Handler, HttpResponse, PassingMiddleware } from '@sluice/stack'

const error = new Error('in the middle')
const fail = (): never => {
  throw error
}
const failLater = async (): Promise<never> => fail()
const loud = mapText((part) => part.toUpperCase())
const html = { 'content-type': 'text/html' }

const mapping =
  (map: (response: HttpResponse) => HttpResponse | PromiseLike<HttpResponse>): PassingMiddleware =>
  (next) =>
  (request) =>
    mapResponse(next(request), map)

const failing: readonly { readonly name: string; readonly middleware: PassingMiddleware }[] = [
  { name: 'output, whose filter throws', middleware: output(fail) },
  { name: 'compress, whose isCompressible throws', middleware: compress({ isCompressible: fail }) },
  { name: 'compress, whose pauses throws', middleware: compress({ pauses: fail }) },
  { name: 'mapResponse, whose map throws', middleware: mapping(fail) },
  { name: 'mapResponse, whose map rejects', middleware: mapping(failLater) },
  {
    name: 'mapResponse, whose map throws after a filter was put on',
    middleware: mapping((response) => {
      filterResponse(response, loud)
      return fail()
    }),
  },
  {
    name: 'mapResponse, whose filterResponse throws',
    middleware: mapping((response) => filterResponse(response, fail)),
  },
  {
    name: 'filterResponse after an await, whose filter throws',
    middleware: (next) => async (request) => filterResponse(await next(request), fail),
  },
]

const closing = suite('stack: the body of an answer that is not sent')

const handlers = (body: Body): readonly Handler[] => {
  const response = stream(body, { headers: html })
  return [() => response, async () => response]
}

for (const { name, middleware } of failing)
  for (const around of [[], [output(loud)]])
    for (const behind of [[], [output(loud)]])
      for (const at of [0, 1])
        closing(
          `${name}, ${around.length} around it, ${behind.length} behind, the answer ${at === 0 ? 'at once' : 'later'}: closed once`,
          async () => {
            const source = watched<Frame>([data(utf8('a'))])
            const handler = handlers(source.body)[at]
            assert.ok(handler)
            const place = stack(answerErrors(), ...around, middleware, ...behind)
            const request = requestOf({ headers: { 'accept-encoding': 'gzip' } })
            const { status, body } = await place(handler)(request)
            assert.is(status, 500)
            await discard({ body })
            assert.is(source.pulls, 0)
            assert.is(source.closes, 1)
          },
        )

closing('what closing throws, or rejects with, hides no error', async () => {
  for (const later of [false, true]) {
    const source = watched<Frame>([], { closeError: new Error('in close'), later })
    const app: Handler = stack(mapping(fail))(() => stream(source.body))
    throwsAtOnce(() => app(requestOf()), error)
    await turn()
    assert.is(source.closes, 1)
  }
})

closing('a body that map has begun to read is left to its reader', async () => {
  const source = watched<Frame>([data(utf8('a')), data(utf8('b'))])
  const reading: { of?: ReturnType<typeof pullFrom> } = {}
  const app: Handler = stack(
    mapping(({ body }) => {
      reading.of = pullFrom(body)
      return fail()
    }),
  )(() => stream(source.body))
  throwsAtOnce(() => app(requestOf()), error)
  assert.is(source.closes, 0)
  await reading.of?.close()
  assert.is(source.closes, 1)
})

closing('an answer that is mapped and sent is closed by nobody', async () => {
  const source = watched<Frame>([data(utf8('a'))])
  const app: Handler = stack(mapping((response) => ({ ...response, status: 201 })))(() =>
    stream(source.body),
  )
  assert.is(await readText((await app(requestOf())).body), 'a')
})

for (const given of [undefined, null, 'text', 1, {}, { body: null }, { body: 'text' }])
  closing(`an answer that is ${JSON.stringify(given)} hides no error`, () => {
    throwsAtOnce(() => mapResponse<unknown, unknown>(given, fail), error)
  })

closing(
  'a server answers 500, and the file behind the answer is closed',
  serving(async (start) => {
    for (const { middleware } of failing) {
      const file = createReadStream('package.json')
      const site = await start(stack(middleware)(() => stream(file, { headers: html })))
      const { status } = await site.ask(get('/', 'accept-encoding: gzip'))
      assert.is(status, 500)
      await site.until(() => file.closed, 'the file to be closed')
    }
  }),
)

closing('a field that is invalid: the content of stream is closed', async () => {
  const source = watched<Frame>([data(utf8('a'))])
  throwsAtOnce(() => stream(source.body, { headers: { 'a b': 'c' } }), TypeError)
  assert.is(source.closes, 1)
})

closing.run()

const requests = suite('stack: the body of a request whose filter throws')

for (const { name, middleware } of [
  { name: 'input', middleware: input(fail) },
  {
    name: 'filterRequest',
    middleware: ((next) => (request) =>
      next(filterRequest(request, fail))) satisfies PassingMiddleware,
  },
]) {
  requests(`${name}: closed once, and the handler is not asked`, () => {
    const source = watched<Data>([data(utf8('a'))])
    const app: Handler = stack(middleware)(() => text('asked'))
    throwsAtOnce(() => app(requestOf({ method: 'POST', body: source.body })), error)
    assert.is(source.closes, 1)
  })

  requests(
    `${name}: a server answers 500, and the next request on the connection`,
    serving(async (start) => {
      let isFailing = true
      const plain: Handler = () => text('fine')
      const broken: Handler = stack(middleware)(plain)
      const site = await start((request) => (isFailing ? broken : plain)(request))
      const client = await site.connect()
      client.send(post('/', 'hello'))
      assert.is((await readResponse(client)).status, 500)
      isFailing = false
      client.send(get())
      assert.is((await readResponse(client)).content, 'fine')
    }),
  )
}

requests.run()

const discarding = suite('discard')

discarding('closes a body that nobody reads, once', async () => {
  const source = watched<Frame>([data(utf8('a'))], { later: true })
  const response = stream(source.body)
  await discard(response)
  await discard(response)
  assert.is(source.pulls, 0)
  assert.is(source.closes, 1)
})

discarding('closes what lies under filters', async () => {
  const source = watched<Frame>([data(utf8('a'))])
  await discard(filterResponse(stream(source.body), loud))
  assert.is(source.closes, 1)
})

discarding('begins at the call', () => {
  const source = watched<Frame>([data(utf8('a'))])
  discard(stream(source.body))
  assert.is(source.closes, 1)
})

discarding('leaves a body that is read to its reader', async () => {
  const source = watched<Frame>([data(utf8('a'))])
  const response = stream(source.body)
  const reading = pullFrom(response.body)
  await discard(response)
  assert.is(source.closes, 0)
  await reading.close()
})

discarding('never rejects', async () => {
  for (const later of [false, true])
    await discard(stream(watched<Frame>([], { closeError: error, later }).body))
})

discarding.run()
