import { data, fields, toBody } from '@sluice/body'
import { toResponse } from '@sluice/fetch'
import { flush } from '@sluice/flush'
import { json, stream, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watched } from '../support/bodies/sources.ts'
import { untyped } from '../support/bodies/untyped.ts'
import { chunksOf, textReader } from '../support/fetch/read-stream.ts'
import { utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { turn } from '../support/within.ts'
import type { Frame } from '@sluice/body'

const broken = new Error('it broke')
const bytes = (content: string): Frame => data(utf8(content))

const response = suite('toResponse')

response('a value is the content at once', async () => {
  const given = toResponse(json({ tea: 'Assam' }, { status: 201 }))
  assert.is(given.status, 201)
  assert.is(given.headers.get('content-type'), 'application/json')
  assert.equal(await given.json(), { tea: 'Assam' })
})

response('any other content is a stream, pulled when it is read', async () => {
  const source = watched([bytes('a'), flush, bytes('b')])
  const given = toResponse({ status: 200, headers: fields(), body: source.body })
  assert.is(source.pulls, 0)
  assert.equal(await chunksOf(given), ['a', 'b'])
})

response('an error before the first byte is that of the stream', async () => {
  const source = watched<Frame>([], { error: broken })
  const given = toResponse({ status: 200, headers: fields(), body: source.body })
  await rejects(() => textReader(given).read(), broken)
})

response('a response to HEAD has no content, and its length', () => {
  const source = watched([bytes('hello')], { byteLength: 5 })
  const given = toResponse(
    { status: 200, headers: fields(), body: source.body },
    { method: 'HEAD' },
  )
  assert.equal([given.body, given.headers.get('content-length')], [null, '5'])
  assert.equal([source.pulls, source.closes], [0, 1])
})

response('a response that cannot be sent is refused at the call, and its body closed', () => {
  const source = watched([bytes('hello')])
  const given = { status: 99, headers: fields(), body: source.body }
  throwsAtOnce(() => toResponse(given), 'RESPONSE_INVALID')
  assert.is(source.closes, 1)
  throwsAtOnce(() => toResponse(untyped('hello')), 'RESPONSE_INVALID')
})

response('fields of the connection are left out', () => {
  const given = toResponse(text('', { headers: { connection: 'close', upgrade: 'h2c' } }))
  assert.equal([given.headers.has('connection'), given.headers.has('upgrade')], [false, false])
})

response('a body that has been read is refused at the call', () => {
  const given = stream(toBody('once'))
  toResponse(given)
  throwsAtOnce(() => toResponse(given), 'BODY_USED')
})

response(
  'a stream goes through FixedLengthStream if there is one, as workerd wants it',
  async () => {
    const lengths: number[] = []
    class FixedLengthStream extends TransformStream {
      constructor(length: number) {
        super()
        lengths.push(length)
      }
    }
    Reflect.set(globalThis, 'FixedLengthStream', FixedLengthStream)
    try {
      const source = watched([bytes('a'), flush, bytes('b')], { byteLength: 2 })
      const given = toResponse({ status: 200, headers: fields(), body: source.body })
      assert.is(await given.text(), 'ab')
      const failing = watched([bytes('a'), flush], { byteLength: 2, error: broken })
      const cut = toResponse({ status: 200, headers: fields(), body: failing.body })
      await rejects(() => cut.text(), broken)
      const never: Frame = { kind: 'pause', until: new Promise(() => {}) }
      const left = watched([bytes('a'), never, bytes('b')], { byteLength: 2 })
      const reader = textReader(toResponse({ status: 200, headers: fields(), body: left.body }))
      await reader.read()
      await reader.cancel()
      await turn()
      assert.is(left.closes, 1)
    } finally {
      Reflect.deleteProperty(globalThis, 'FixedLengthStream')
    }
    assert.equal(lengths, [2, 2, 2])
  },
)

response.run()
