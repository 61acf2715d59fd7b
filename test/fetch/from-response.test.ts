import { readText } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { fromResponse } from '@sluice/fetch'
import { flush } from '@sluice/flush'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { record } from '../support/bodies/record.ts'
import { untyped } from '../support/bodies/untyped.ts'
import { codeOf } from '../support/code-of.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { stateOf, turn } from '../support/within.ts'

const from = suite('fromResponse')

from('status, fields and content are those of the Response', async () => {
  const { status, headers, body } = fromResponse(
    new Response('tea', { status: 201, headers: { 'X-A': 'one' } }),
  )
  assert.is(status, 201)
  assert.is(headers.get('x-a'), 'one')
  assert.is(headers.get('content-type'), 'text/plain;charset=UTF-8')
  assert.is(await readText(body), 'tea')
})

from('each set-cookie stays a line of its own', () => {
  const headers = new Headers([
    ['set-cookie', 'a=1'],
    ['vary', 'x'],
    ['set-cookie', 'b=2'],
    ['vary', 'y'],
  ])
  const fields = fromResponse(new Response(null, { headers })).headers
  assert.equal(fields.getSetCookie(), ['a=1', 'b=2'])
  assert.equal(fields.getAll('vary'), ['x, y'])
})

from('fields of another connection are left out', () => {
  const headers = {
    'transfer-encoding': 'chunked',
    'keep-alive': 'timeout=5',
    'proxy-connection': 'x',
    te: 'a',
  }
  assert.equal([...fromResponse(new Response(null, { headers })).headers], [['te', 'a']])
})

from('a Response without a body is empty, and may be sent again', () => {
  const response = new Response(null, { status: 304 })
  assert.is(fromResponse(response).body.byteLength, 0)
  assert.is(fromResponse(response).status, 304)
})

const refused: readonly { readonly name: string; readonly code: string; make(): unknown }[] = [
  { name: 'Response.error()', code: 'RESPONSE_INVALID', make: () => Response.error() },
  { name: 'nothing', code: 'RESPONSE_INVALID', make: () => undefined },
  { name: 'null', code: 'RESPONSE_INVALID', make: () => null },
  { name: 'a string', code: 'RESPONSE_INVALID', make: () => 'tea' },
  { name: 'a Request', code: 'RESPONSE_INVALID', make: () => new Request('http://a.example/') },
  {
    name: 'a control character in a field',
    code: 'RESPONSE_INVALID',
    make: () => new Response(null, { headers: { 'x-a': '\x01' } }),
  },
  {
    name: 'a body that has been read',
    code: 'BODY_USED',
    make: () => {
      const response = new Response('tea')
      void response.text()
      return response
    },
  },
  {
    name: 'a body that is being read',
    code: 'BODY_USED',
    make: () => {
      const response = new Response('tea')
      response.body?.getReader()
      return response
    },
  },
]

for (const { name, code, make } of refused)
  from(`${name} is refused with ${code}`, () => {
    throwsAtOnce(() => fromResponse(untyped(make())), code)
  })

from('the stream of a Response whose fields are refused is cancelled', async () => {
  let cancelled = 0
  const stream = new ReadableStream({ cancel: () => void cancelled++ })
  throwsAtOnce(
    () => fromResponse(new Response(stream, { headers: { 'x-a': '\x01' } })),
    'RESPONSE_INVALID',
  )
  await turn()
  assert.is(cancelled, 1)
})

from('the stream is pulled when asked, one chunk at a time, and cancelled once', async () => {
  let pulled = 0
  let cancelled = 0
  const stream = new ReadableStream(
    {
      pull(controller) {
        pulled++
        controller.enqueue(new Uint8Array([65]))
      },
      cancel: () => void cancelled++,
    },
    { highWaterMark: 0 },
  )
  const { body } = fromResponse(new Response(stream))
  await turn()
  assert.is(pulled, 0)
  const frames = body[Symbol.asyncIterator]()
  await frames.next()
  await turn()
  assert.is(pulled, 1)
  await frames.return?.()
  await frames.return?.()
  assert.is(cancelled, 1)
})

from('an error of the stream is the error of the body, after what came before it', async () => {
  const failure = new Error('the source broke')
  const chunks = [new Uint8Array([65])]
  const stream = new ReadableStream({
    pull(controller) {
      const chunk = chunks.pop()
      if (chunk === undefined) controller.error(failure)
      else controller.enqueue(chunk)
    },
  })
  const { bytes, end } = await record(fromResponse(new Response(stream)).body)
  assert.equal([...bytes], [65])
  assert.is(end?.error, failure)
})

from('empty chunks mean nothing', async () => {
  const chunks = [Buffer.from('one'), Buffer.alloc(0), Buffer.from('two'), Buffer.alloc(0)]
  const { frames } = await record(fromResponse(new Response(streamOf(chunks))).body)
  const datas = frames.filter((frame) => frame.kind === 'data')
  assert.equal(datas.length, 2)
})

from(
  'a stream that has nothing right now is a flush: before its first chunk, and after one',
  async () => {
    let controller: ReadableStreamDefaultController | undefined
    const stream = new ReadableStream({
      start(given) {
        controller = given
      },
    })
    const source = pullFrom(fromResponse(new Response(stream)).body)
    assert.is((await source.pull())?.kind, 'flush')
    const first = Promise.resolve(source.pull())
    assert.is(await stateOf(first), 'pending')
    controller?.enqueue(new Uint8Array([65]))
    assert.is((await first)?.kind, 'data')
    assert.is((await source.pull())?.kind, 'flush')
    controller?.enqueue(new Uint8Array([66]))
    controller?.close()
    assert.is((await source.pull())?.kind, 'data')
    assert.is(await source.pull(), undefined)
  },
)

from('a chunk that is not bytes is refused, and the stream is cancelled', async () => {
  let cancelled = 0
  const stream = new ReadableStream({
    start: (controller) => controller.enqueue(untyped('text')),
    cancel: () => void cancelled++,
  })
  const { end } = await record(fromResponse(new Response(stream)).body)
  assert.is(codeOf(end?.error), 'BODY_INVALID')
  assert.is(cancelled, 1)
})

from('a stream that is locked between the call and the reading fails with BODY_USED', async () => {
  const stream = streamOf([])
  const { body } = fromResponse(new Response(stream))
  stream.getReader()
  await rejects(() => readText(body), 'BODY_USED')
})

from('frames in a stream stay frames, in order', async () => {
  const chunks: unknown[] = [
    Buffer.from('one'),
    flush,
    { kind: 'pause', until: turn() },
    Buffer.from('two'),
  ]
  const stream = streamOf(chunks)
  const { bytes, marks } = await record(fromResponse(new Response(stream)).body)
  assert.is(Buffer.from(bytes).toString(), 'onetwo')
  assert.equal(marks, ['flush@3', 'pause@3'])
})

const streamOf = (chunks: unknown[]): ReadableStream =>
  new ReadableStream({
    pull(controller) {
      if (chunks.length === 0) controller.close()
      else controller.enqueue(chunks.shift())
    },
  })

from.run()
