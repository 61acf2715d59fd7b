import { gunzipSync } from 'node:zlib'
import { data, readText } from '@sluice/body'
import { compress, decompressInput } from '@sluice/compress'
import { toFetchMiddleware } from '@sluice/fetch'
import { mapText } from '@sluice/filter'
import { flush } from '@sluice/flush'
import { discard, HttpError, input, mapResponse, output, request, stack, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { untyped } from '../support/bodies/untyped.ts'
import { codeOf } from '../support/code-of.ts'
import { chunksOf, textReader } from '../support/fetch/read-stream.ts'
import { utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { deferred, within } from '../support/within.ts'
import type { Frame } from '@sluice/body'
import type { HttpRequest, PassingMiddleware } from '@sluice/stack'

const url = 'http://a.example/'
const broken = new Error('it broke')
const loud = output(mapText((part) => part.toUpperCase()))
const nothing: PassingMiddleware = (next) => (given) => next(given)
const posted = (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
  new Request(url, { method: 'POST', body, headers, duplex: 'half' })

const kept = suite('toFetchMiddleware: what is left as it is')

kept('the request and the response are the same objects', async () => {
  const original = posted('hello')
  const response = new Response('tea', { status: 418, statusText: 'Teapot' })
  const seen: Request[] = []
  const given = await toFetchMiddleware(nothing)(original, (passed) => {
    seen.push(passed)
    return response
  })
  assert.ok(seen[0] === original && given === response)
  assert.equal([original.bodyUsed, response.bodyUsed], [false, false])
})

kept('fields that are only looked at change nothing', async () => {
  const looking: PassingMiddleware = (next) => (given) =>
    mapResponse(next({ ...given, more: given.headers.size }), (response) => {
      assert.is(response.headers.get('content-type'), 'text/plain;charset=UTF-8')
      return response
    })
  const response = new Response('tea')
  const given = await toFetchMiddleware(looking)(new Request(url), () => response)
  assert.ok(given === response)
})

kept('compress leaves a small response as it is', async () => {
  const headers = { 'accept-encoding': 'gzip' }
  const response = new Response('tea', { headers: { 'content-length': '3' } })
  const squeezed = toFetchMiddleware(compress())
  const given = await squeezed(new Request(url, { headers }), () => response)
  assert.is(await given.text(), 'tea')
})

kept('a request that is changed keeps what srvx adds to it', async () => {
  const changing: PassingMiddleware = (next) => (given) =>
    next({ ...given, headers: given.headers.with('x-a', '1') })
  const added = { runtime: { name: 'node' }, ip: '192.0.2.1', context: {}, waitUntil() {} }
  await toFetchMiddleware(changing)(Object.assign(new Request(url), added), (passed) => {
    assert.is(passed.headers.get('x-a'), '1')
    for (const [name, value] of Object.entries(added)) assert.is(Reflect.get(passed, name), value)
    return new Response()
  })
})

kept.run()

const requests = suite('toFetchMiddleware: requests')

/** The request that the application gets behind a middleware. */
const passedBy = async (middleware: PassingMiddleware, original: Request): Promise<Request> => {
  const seen: Request[] = []
  await toFetchMiddleware(middleware)(original, (passed) => {
    seen.push(passed)
    return new Response()
  })
  const [passed] = seen
  if (passed === undefined) throw new Error('not passed on')
  return passed
}

const changing =
  (change: (given: HttpRequest) => Partial<HttpRequest>): PassingMiddleware =>
  (next) =>
  (given) =>
    next({ ...given, ...change(given) })

requests('another body is read by the application', async () => {
  const passed = await passedBy(input(mapText((part) => part.toUpperCase())), posted('hello'))
  assert.is(await passed.text(), 'HELLO')
})

requests('decompressInput works in front of request.json()', async () => {
  const zipped = new Response('{"tea":1}').body?.pipeThrough(new CompressionStream('gzip'))
  if (zipped === undefined) throw new Error('no stream')
  const original = posted(zipped, { 'content-encoding': 'gzip' })
  const seen: unknown[] = []
  const given = await toFetchMiddleware(decompressInput())(original, async (passed) => {
    seen.push(await passed.json(), passed.headers.get('content-encoding'))
    return new Response('ok')
  })
  assert.is(given.status, 200)
  assert.equal(seen, [{ tea: 1 }, null])
})

requests('other fields come with the body that there was', async () => {
  const more = changing(({ headers }) => ({ headers: headers.with('x-tea', 'Assam') }))
  const passed = await passedBy(more, posted('hello', { accept: 'a' }))
  assert.equal([passed.headers.get('x-tea'), passed.headers.get('accept')], ['Assam', 'a'])
  assert.is(await passed.text(), 'hello')
})

requests('another method and target', async () => {
  const change = changing(() => ({ method: 'GET', target: '//b?c' }))
  const passed = await passedBy(change, new Request('http://a.example:81/a'))
  assert.equal([passed.method, passed.url], ['GET', 'http://a.example:81//b?c'])
  const whole = changing(() => ({ target: 'http://b.example/c' }))
  assert.is((await passedBy(whole, new Request(url))).url, 'http://b.example/c')
})

requests('a body that GET does not have in fetch is closed', async () => {
  const closed: string[] = []
  async function* unread(): AsyncGenerator<Frame & { kind: 'data' }> {
    yield data(utf8('never'))
  }
  const body = Object.assign(unread(), {
    return: async () => {
      closed.push('closed')
      return { done: true as const, value: undefined }
    },
  })
  const passed = await passedBy(
    changing(() => ({ body })),
    new Request(url),
  )
  assert.equal([passed.body, closed], [null, ['closed']])
})

requests('a request that was made anew is refused, with what to do', async () => {
  const anew: PassingMiddleware = (next) => () => next(untyped(request('/')))
  const errors: unknown[] = []
  const onError = (error: unknown) => errors.push(error)
  const given = await toFetchMiddleware(anew, { onError })(new Request(url), () => new Response())
  assert.is(given.status, 500)
  assert.is(codeOf(errors[0]), 'REQUEST_UNKNOWN')
  assert.match(String(errors[0]), '{ ...request, headers }')
})

requests('a middleware that does not pass on answers itself', async () => {
  const closed: PassingMiddleware = () => () => text('closed', { status: 503 })
  const given = await toFetchMiddleware(closed)(new Request(url), () => {
    throw new Error('it was asked')
  })
  assert.is(given.status, 503)
})

requests.run()

const responses = suite('toFetchMiddleware: responses')

responses('another body is sent, without the length that there was', async () => {
  const response = new Response('tea', { headers: { 'content-length': '3', 'x-a': '1' } })
  const given = await toFetchMiddleware(loud)(new Request(url), () => response)
  assert.equal([given.headers.get('x-a'), given.headers.get('content-length')], ['1', null])
  assert.is(await given.text(), 'TEA')
})

responses('compress replaces the middleware of a framework', async () => {
  const content = 'hello '.repeat(1000)
  const request = new Request(url, { headers: { 'accept-encoding': 'gzip' } })
  const headers = { 'content-type': 'text/plain', 'set-cookie': 'a=1' }
  const given = await toFetchMiddleware(compress())(
    request,
    () => new Response(content, { headers }),
  )
  assert.is(given.headers.get('content-encoding'), 'gzip')
  assert.equal(given.headers.getSetCookie(), ['a=1'])
  assert.is(gunzipSync(await given.arrayBuffer()).toString(), content)
})

responses('other fields come with the body that there was', async () => {
  const more: PassingMiddleware = (next) => (given) =>
    mapResponse(next(given), (response) => ({
      ...response,
      headers: response.headers.withAdded('set-cookie', 'b=2'),
    }))
  const response = new Response('tea', { statusText: 'Fine', headers: { 'set-cookie': 'a=1' } })
  const given = await toFetchMiddleware(more)(new Request(url), () => response)
  assert.equal(given.headers.getSetCookie(), ['a=1', 'b=2'])
  assert.equal([given.statusText, await given.text()], ['Fine', 'tea'])
})

responses('a stream goes through the middleware chunk by chunk', async () => {
  const chunks = ['a', 'b']
  const body = new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift()
      if (chunk === undefined) controller.close()
      else controller.enqueue(utf8(chunk))
    },
  })
  const given = await toFetchMiddleware(loud)(new Request(url), () => new Response(body))
  assert.is((await chunksOf(given)).join(''), 'AB')
})

responses(
  'what has come does not wait for the next chunk, nor the head for the first',
  async () => {
    const go = [deferred(), deferred()]
    const left = ['tea '.repeat(1000), 'end']
    const body = new ReadableStream({
      async pull(controller) {
        await go.shift()?.promise
        const chunk = left.shift()
        if (chunk === undefined) controller.close()
        else controller.enqueue(utf8(chunk))
      },
    })
    const [first, second] = go
    const headers = { 'accept-encoding': 'gzip' }
    const typed = { headers: { 'content-type': 'text/html' } }
    const given = await within(
      2000,
      toFetchMiddleware(compress())(new Request(url, { headers }), () => new Response(body, typed)),
    )
    assert.is(given.headers.get('content-encoding'), 'gzip')
    const unzipped = given.body?.pipeThrough(new DecompressionStream('gzip'))
    if (unzipped === undefined) throw new Error('no stream')
    const reader = textReader(unzipped)
    first?.resolve()
    let read = ''
    while (read.length < 4000) read += await reader.read()
    second?.resolve()
    assert.is(await reader.read(), 'end')
  },
)

responses('a discarded response is cancelled', async () => {
  const cancels: string[] = []
  const body = new ReadableStream({
    cancel() {
      cancels.push('cancelled')
    },
  })
  const replacing: PassingMiddleware = (next) => (given) =>
    mapResponse(next(given), (response) => {
      discard(response)
      return text('instead')
    })
  const given = await toFetchMiddleware(replacing)(new Request(url), () => new Response(body))
  assert.equal([await given.text(), cancels], ['instead', ['cancelled']])
})

responses('the application may be asked again', async () => {
  const again: PassingMiddleware = (next) => async (given) => {
    discard(await next(given))
    return next(given)
  }
  const answers = [new Response('one'), new Response('two')]
  const [, second] = answers
  const given = await toFetchMiddleware(again)(new Request(url), () => {
    const answer = answers.shift()
    if (answer === undefined) throw new Error('asked three times')
    return answer
  })
  assert.ok(given === second)
})

responses('a stack with several middlewares, and a flush of one of them', async () => {
  const flushing = output(async function* (body) {
    for await (const frame of body) {
      yield frame
      yield flush
    }
  })
  const given = await toFetchMiddleware(stack(loud, flushing))(
    new Request(url),
    () => new Response('tea'),
  )
  assert.is(await textReader(given).read(), 'TEA')
})

responses.run()

const errors = suite('toFetchMiddleware: errors')

errors('an error of the application goes to its host as it came, unreported', async () => {
  const reported: unknown[] = []
  const onError = (error: unknown) => reported.push(error)
  const fails = () => Promise.reject(broken)
  await rejects(() => toFetchMiddleware(loud, { onError })(new Request(url), fails), broken)
  assert.is(reported.length, 0)
})

errors('an error of the middleware is answered with its status', async () => {
  const refusing: PassingMiddleware = () => () => {
    throw new HttpError('FORBIDDEN', 'Cannot let you in')
  }
  const given = await toFetchMiddleware(refusing)(new Request(url), () => new Response())
  assert.equal([given.status, await given.text()], [403, 'Cannot let you in\n'])
})

errors('a next that returns nothing is an error that says so', async () => {
  const reported: unknown[] = []
  const onError = (error: unknown) => reported.push(error)
  const given = await toFetchMiddleware(loud, { onError })(
    new Request(url),
    untyped(() => {}),
  )
  assert.is(given.status, 500)
  assert.match(String(reported[0]), 'does next return it?')
})

errors('a body that the application has read is BODY_USED for the middleware', async () => {
  const reading: PassingMiddleware = (next) => async (given) => {
    const response = await next(given)
    await rejects(() => readText(given.body), 'BODY_USED')
    return response
  }
  const given = await toFetchMiddleware(reading)(posted('hello'), async (passed) => {
    await passed.text()
    return new Response('ok')
  })
  assert.is(given.status, 200)
})

errors('what is not a middleware is refused at the call', () => {
  throwsAtOnce(() => toFetchMiddleware(untyped('loud')), TypeError)
  throwsAtOnce(() => toFetchMiddleware(untyped(() => 'no handler')), TypeError)
})

errors.run()
