import { closeBody, data, isData, readText } from '@sluice/body'
import { pullFrom, pulling } from '@sluice/body/engine'
import { dropFlush, filter, limitBytes, mapText, tap } from '@sluice/filter'
import {
  answerErrors,
  filterRequest,
  filterResponse,
  input,
  output,
  stack,
  stream,
  text,
  withTraits,
} from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { record, wordsOf } from '../support/bodies/record.ts'
import { watched } from '../support/bodies/sources.ts'
import { utf8 } from '../support/parsing/cuts.ts'
import { rejects } from '../support/rejects.ts'
import { requestOf } from '../support/server/request.ts'
import type { Body, Data, FieldsInit, Frame, Trailers } from '@sluice/body'
import type { BodyFilterOptions, Handler, PassingMiddleware } from '@sluice/stack'

const same = <T>(body: T): T => body
const keeping = withTraits({ bytes: 'kept' }, same)
const append = (letter: string) => mapText((part) => part + letter)

/** Every field that speaks of bytes, and some that do not. */
const allFields = {
  'Content-Length': '4',
  'content-type': 'text/plain',
  'Accept-Ranges': 'bytes',
  'Content-Digest': 'sha-256=:a:',
  'Repr-Digest': 'sha-256=:a:',
  Digest: 'sha-256=a',
  'Content-MD5': 'a',
  'last-modified': 'Thu, 01 Jan 1970 00:00:00 GMT',
  vary: 'accept',
}
const kept = ['content-type', 'last-modified', 'vary']

const namesOf = (headers: Iterable<readonly [string, string]>) =>
  [...headers].map(([name]) => name).sort()

const outputs = suite('output')

const headersThrough = async (
  headers: FieldsInit,
  options?: BodyFilterOptions,
  filter: <T>(body: T) => T = same,
) => {
  const app: Handler = stack(output(filter, options))(() => stream('four', { headers }))
  return (await app(requestOf())).headers
}

outputs('the response gets the filtered body, and the rest stays as it is', async () => {
  const app: Handler = stack(output(append('!')))(() => text('a', { status: 201 }))
  const response = await app(requestOf())
  assert.is(response.status, 201)
  assert.is(response.headers.get('content-type'), 'text/plain; charset=utf-8')
  assert.is(response.body.byteLength, undefined)
  assert.is(await readText(response.body), 'a!')
})

outputs('the last stands next to the handler, the first next to the client', async () => {
  const app: Handler = stack(output(append('1')), output(append('2')))(() => text('a'))
  assert.is(await readText((await app(requestOf())).body), 'a21')
})

outputs('fields that speak of the bytes are dropped, others stay', async () => {
  assert.equal(namesOf(await headersThrough(allFields)), kept)
})

outputs('a filter whose traits say that it keeps bytes drops nothing', async () => {
  const headers = await headersThrough({ ...allFields, etag: '"a"' }, {}, keeping)
  assert.is(headers.size, Object.keys(allFields).length + 1)
  assert.is(headers.get('etag'), '"a"')
})

const etags: readonly {
  readonly name: string
  readonly given: string
  readonly options: BodyFilterOptions
  readonly wanted: string | undefined
}[] = [
  { name: 'a strong etag is dropped unless told', given: '"a"', options: {}, wanted: undefined },
  { name: 'drop drops it', given: '"a"', options: { etag: 'drop' }, wanted: undefined },
  { name: 'weaken weakens it', given: '"a"', options: { etag: 'weaken' }, wanted: 'W/"a"' },
  { name: 'a weak one stays', given: 'W/"a"', options: {}, wanted: 'W/"a"' },
  {
    name: 'a weak one is not weakened twice',
    given: 'W/"a"',
    options: { etag: 'weaken' },
    wanted: 'W/"a"',
  },
]

for (const { name, given, options, wanted } of etags)
  outputs(`etag: ${name}`, async () => {
    assert.is((await headersThrough({ etag: given }, options)).get('etag'), wanted)
  })

outputs('fields without any of these are the very list that was given', async () => {
  const { headers } = text('')
  assert.is(await headersThrough(headers), headers)
})

outputs('waits for a handler that answers later, and for no other', async () => {
  const place = stack(output(append('!')))
  assert.not('then' in place(() => text('a'))(requestOf()))
  const later = await place(async () => text('a'))(requestOf())
  assert.is(await readText(later.body), 'a!')
})

outputs('asks the source for nothing before it is asked, and closes it when left', async () => {
  const source = watched<Frame>([data(utf8('a')), data(utf8('b'))])
  const app: Handler = stack(output(append('!')))(() => stream(source.body))
  const { body } = await app(requestOf())
  assert.is(source.pulls, 0)
  const reading = pullFrom(body)
  await reading.pull()
  assert.is(source.pulls, 1)
  await reading.close()
  assert.is(source.closes, 1)
})

outputs('an error of a filter is the body’s: its reader has it, answerErrors has not', async () => {
  const error = new Error('in a filter')
  const failing = filter('failing', () => ({
    data() {
      throw error
    },
  }))
  const told: unknown[] = []
  const onError = (each: unknown) => told.push(each)
  const app: Handler = stack(answerErrors({ onError }), output(failing))(() => text('a'))
  const response = await app(requestOf())
  await rejects(() => readText(response.body), error)
  assert.equal(told, [])
})

outputs('flush and trailers go through, or are taken out by a filter that says so', async () => {
  const frames: readonly Frame[] = [data(utf8('a')), { kind: 'flush' }, data(utf8('b'))]
  const answer = () => stream(frames)
  const passing: Handler = stack(output(append('!')))(answer)
  const dropping: Handler = stack(output(dropFlush))(answer)
  const wordsIn = async (app: Handler) => wordsOf(await record((await app(requestOf())).body))
  assert.equal(await wordsIn(passing), ['data a!', 'flush', 'data b!', 'end'])
  assert.equal(await wordsIn(dropping), ['data a', 'data b', 'end'])
})

outputs.run()

const fusion = suite('output: neighbours run in one loop')

/** Counts the readings of the body that the outputs inside have made: its async iterator reads by the pull protocol too. */
const watching = (seen: { reads: number }): PassingMiddleware =>
  output(
    withTraits({ bytes: 'kept' }, (body: Body) => {
      if (!(pulling in body) || typeof body[pulling] !== 'function') throw new Error('not ours')
      const start = body[pulling]
      return Object.defineProperty(body, pulling, {
        value() {
          seen.reads++
          return start.call(body)
        },
      })
    }),
  )

fusion('the body between output(a) and output(b) is read by nobody', async () => {
  const seen = { reads: 0 }
  const place = stack(output(append('1')), watching(seen), output(append('2')))
  const app: Handler = place(() => text('a'))
  assert.is(await readText((await app(requestOf())).body), 'a21')
  assert.is(seen.reads, 0)
})

fusion('that of the handler is read once', async () => {
  const seen = { reads: 0 }
  const app: Handler = stack(
    output(append('1')),
    output(append('2')),
    watching(seen),
  )(() => text('a'))
  assert.is(await readText((await app(requestOf())).body), 'a21')
  assert.is(seen.reads, 1)
})

fusion('a generator in between is read, and gives the same bytes', async () => {
  const seen = { reads: 0 }
  const copied = async function* (body: Body): AsyncGenerator<Frame> {
    yield* body
  }
  const place = stack(output(append('1')), output(copied), watching(seen), output(append('2')))
  const app: Handler = place(() => text('a'))
  assert.is(await readText((await app(requestOf())).body), 'a21')
  // Read by the generator, and closed behind it, since one that is never started cannot.
  assert.is(seen.reads, 2)
})

fusion('frames that are there at once cost no promise, through ten of them', async () => {
  const ten = Array.from({ length: 10 }, (_, i) => output(append(`${i}`)))
  const app: Handler = stack(...ten)(() => text('a'))
  const frame = pullFrom((await app(requestOf())).body).pull()
  assert.ok(frame !== undefined && 'kind' in frame && isData(frame))
})

fusion.run()

const inputs = suite('input')

const posted = (headers?: FieldsInit) => {
  const source = watched<Data | Trailers>([data(utf8('one ')), data(utf8('two'))], {
    byteLength: 7,
  })
  return {
    source,
    request: requestOf({ method: 'POST', body: source.body, ...(headers && { headers }) }),
  }
}

inputs('the handler reads the filtered body, the request stays as it is', async () => {
  const { request } = posted()
  const app: Handler = stack(input(append('!')))(async ({ method, target, body, client }) => {
    assert.is(method, 'POST')
    assert.is(target, '/')
    assert.is(client, request.client)
    return text(await readText(body))
  })
  assert.is(await readText((await app(request)).body), 'one !two!')
  assert.is(request.body.byteLength, 7)
})

inputs('the first is next to the client, the last next to the handler', async () => {
  const { request } = posted()
  const app: Handler = stack(
    input(append('1')),
    input(append('2')),
  )(async ({ body }) => text(await readText(body)))
  assert.is(await readText((await app(request)).body), 'one 12two12')
})

inputs('fields that speak of the bytes are dropped, unless no bytes change', () => {
  const { request } = posted(allFields)
  stack(input(same))(({ headers }) => {
    assert.equal(namesOf(headers), kept)
    return text('')
  })(request)
  stack(input(keeping))(({ headers }) => {
    assert.is(headers, request.headers)
    return text('')
  })(request)
})

inputs('what earlier middlewares have added is passed on', async () => {
  const named: PassingMiddleware<Parameters<Handler>[0], { readonly name: string }> =
    (next) => (request) =>
      next({ ...request, name: 'Ann' })
  const app: Handler = stack(
    named,
    input(append('!')),
    output(append('?')),
  )(({ name }) => text(name))
  assert.is(await readText((await app(requestOf())).body), 'Ann?')
})

inputs('reads nothing that the handler does not read', async () => {
  const { request, source } = posted()
  let opened = 0
  const counting = tap(() => {
    opened++
    return {}
  })
  await stack(input(counting))(() => text(''))(request)
  assert.is(source.pulls, 0)
  assert.is(opened, 0)
})

inputs('a limit refuses one byte over it, as a response where it is answered', async () => {
  const place = stack(answerErrors(), input(limitBytes({ maxBytes: 6 })))
  const { request, source } = posted()
  const response = await place(async ({ body }) => text(await readText(body)))(request)
  assert.is(response.status, 413)
  assert.is(source.closes, 1)
})

inputs.run()

const oneMessage = suite('filterRequest, filterResponse')

oneMessage('one response is filtered as output would', async () => {
  const given = stream('four', { status: 201, headers: { ...allFields, etag: '"a"' } })
  const { status, headers, body } = filterResponse(given, append('!'), { etag: 'weaken' })
  assert.is(status, 201)
  assert.is(headers.get('etag'), 'W/"a"')
  assert.equal(namesOf(headers.without('etag')), kept)
  assert.is(await readText(body), 'four!')
})

oneMessage('one request is filtered as input would, and keeps what others added', async () => {
  const body = watched<Data>([data(utf8('a'))]).body
  const request = { ...requestOf({ headers: { ...allFields }, body }), user: 'Ann' }
  const filtered = filterRequest(request, append('!'))
  assert.is(filtered.user, 'Ann')
  assert.equal(namesOf(filtered.headers), kept)
  assert.is(await readText(filtered.body), 'a!')
})

oneMessage('a filter that is a generator and is never pulled leaves no source open', async () => {
  async function* own(body: Body): AsyncGenerator<Frame> {
    yield* body
  }
  const source = watched([data(utf8('a'))])
  const { body } = filterResponse({ ...text(''), body: source.body }, own)
  await closeBody(body)
  assert.is(source.closes, 1)
})

oneMessage.run()
