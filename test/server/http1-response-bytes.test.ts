// A whole response as bytes, without any I/O: what is sent, when the body is pulled, and how it is closed.
import { closeBody, data, fields, noFields, toBody } from '@sluice/body'
import { pullFrom } from '@sluice/body/engine'
import { responseBytes } from '@sluice/server/http1'
import { empty, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { watchRejections } from '../support/bodies/left-over.ts'
import { watched } from '../support/bodies/sources.ts'
import { untyped } from '../support/bodies/untyped.ts'
import { utf8 } from '../support/parsing/cuts.ts'
import { rejects, throwsAtOnce } from '../support/rejects.ts'
import { deferred, turn, within } from '../support/within.ts'
import type { Body, Data, Frame } from '@sluice/body'
import type { ResponseBytes } from '@sluice/server/http1'
import type { HttpResponse } from '@sluice/stack'

const responses = suite('responseBytes')

interface Asked {
  readonly method?: string
  readonly version?: '1.0' | '1.1'
}

const bytesOf = (response: HttpResponse, asked: Asked = {}): ResponseBytes => {
  const { method = 'GET', version = '1.1' } = asked
  return responseBytes({ method, version }, response, { keepAlive: true, date: 'now' })
}

const responseOf = (body: Body<Frame>, length?: number): HttpResponse => ({
  status: 200,
  headers: length === undefined ? noFields : fields({ 'content-length': length }),
  body,
})

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** Everything after the head, and the error that ended it. */
const read = async (body: Body<Data>): Promise<{ content: string; error: unknown }> => {
  const parts: string[] = []
  try {
    for await (const { bytes } of body) parts.push(textOf(bytes))
  } catch (error) {
    return { content: parts.slice(1).join(''), error }
  }
  assert.ok(parts[0]?.endsWith('\r\n\r\n'))
  return { content: parts.slice(1).join(''), error: undefined }
}

/** A frame of a kind that nobody knows. */
const unknown: Frame = JSON.parse('{ "kind": "other" }')
const trailers = { kind: 'trailers', fields: fields({ 'X-Sum': '9' }) } as const
const pieces = [data(utf8('hello ')), { kind: 'flush' } as const, data(utf8('world'))]

for (const later of [false, true]) {
  const when = later ? 'frames that come later' : 'frames that are ready'
  const rows: readonly (readonly [string, HttpResponse, Asked, string])[] = [
    ['a text', text('hello'), {}, 'hello'],
    ['nothing', empty(), {}, ''],
    ['a length', responseOf(watched(pieces, { later }).body, 11), {}, 'hello world'],
    [
      'no length: a chunk for each frame',
      responseOf(watched(pieces, { later }).body),
      {},
      '6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n',
    ],
    [
      'trailers',
      responseOf(watched([...pieces, trailers], { later }).body),
      {},
      '6\r\nhello \r\n5\r\nworld\r\n0\r\nx-sum: 9\r\n\r\n',
    ],
    [
      'HTTP/1.0, up to the end of the connection, without trailers',
      responseOf(watched([...pieces, trailers], { later }).body),
      { version: '1.0' },
      'hello world',
    ],
    [
      'frames without bytes, and of unknown kinds',
      responseOf(watched<Frame>([data(utf8('')), unknown, data(utf8('a'))], { later }).body),
      {},
      '1\r\na\r\n0\r\n\r\n',
    ],
  ]
  for (const [name, response, asked, content] of rows)
    responses(`${name}, of ${when}`, async () => {
      const sent = bytesOf(response, asked)
      assert.equal(await read(sent.body), { content, error: undefined })
      assert.is(sent.head.keepAlive, asked.version !== '1.0')
    })

  for (const [name, given, length, wanted, begun] of [
    [
      'more bytes than the length',
      [data(utf8('123')), data(utf8('456'))],
      5,
      'LENGTH_MISMATCH',
      '123',
    ],
    ['fewer bytes than the length', [data(utf8('123'))], 5, 'LENGTH_MISMATCH', '123'],
    ['data after the trailers', [trailers, data(utf8('1'))], undefined, 'BODY_INVALID', ''],
    ['a flush after the trailers', [trailers, { kind: 'flush' }], undefined, 'BODY_INVALID', ''],
  ] as const)
    responses(`${name}, of ${when}: an error that looks like no end`, async () => {
      const source = watched<Frame>(given, { later })
      const { content, error } = await read(bytesOf(responseOf(source.body, length)).body)
      await rejects(() => Promise.reject(error), wanted)
      assert.is(content, begun)
      assert.is(source.closes + Number(source.ended), 1)
    })

  responses(`the error of a body of ${when} reaches the reader, and nothing follows`, async () => {
    const failure = new Error('the disk is gone')
    const rejections = watchRejections()
    const source = watched([data(utf8('1'))], { later, error: failure, closeError: new Error('x') })
    const { body } = bytesOf(responseOf(source.body))
    const pull = pullFrom(body)
    await pull.pull()
    await pull.pull()
    await rejects(async () => pull.pull(), failure)
    assert.is(await pull.pull(), undefined)
    assert.is(source.closes, 1)
    rejections.stop()
    assert.equal(rejections.reasons, [])
  })

  for (const taken of [0, 1, 2])
    responses(`stopping after ${taken} parts closes a body of ${when} once`, async () => {
      const source = watched(pieces, { later })
      const pull = pullFrom(bytesOf(responseOf(source.body)).body)
      for (let i = 0; i < taken; i++) await pull.pull()
      await pull.close()
      await pull.close()
      assert.is(source.closes, 1)
      assert.is(await pull.pull(), undefined)
    })

  responses(`HEAD closes a body of ${when} and does not read it`, async () => {
    const source = watched(pieces, { later })
    const { content } = await read(bytesOf(responseOf(source.body), { method: 'HEAD' }).body)
    assert.is(content, '')
    assert.equal([source.pulls, source.closes], [0, 1])
  })
}

responses('a part is pulled when it is asked for, and not before', async () => {
  const source = watched(pieces)
  const pull = pullFrom(bytesOf(responseOf(source.body)).body)
  await pull.pull()
  assert.is(source.pulls, 0)
  await pull.pull()
  assert.is(source.pulls, 1)
})

responses('a receipt is called when the part after its flush is asked for', async () => {
  const told: unknown[] = []
  const sent = (lost?: unknown) => told.push(lost)
  const source = watched<Frame>([data(utf8('a')), { kind: 'flush', sent }, data(utf8('b'))])
  const pull = pullFrom(bytesOf(responseOf(source.body)).body)
  await pull.pull()
  await pull.pull()
  assert.equal(told, [])
  await pull.pull()
  assert.equal(told, [undefined])
})

responses('a pause lets nothing through until it is over', async () => {
  const { promise, resolve } = deferred()
  const source = watched<Frame>([{ kind: 'pause', until: promise }, data(utf8('a'))])
  const pull = pullFrom(bytesOf(responseOf(source.body)).body)
  await pull.pull()
  let came = false
  const next = Promise.resolve(pull.pull()).then((frame) => {
    came = true
    return frame
  })
  await new Promise((done) => setImmediate(done))
  assert.is(came, false)
  resolve()
  const frame = await next
  assert.is(frame === undefined ? '' : textOf(frame.bytes), '1\r\na\r\n')
})

responses('a pause that fails is the error of the response, and closes the body', async () => {
  const failure = new Error('the hub is gone')
  const until = Promise.reject(failure)
  until.catch(() => {})
  const source = watched<Frame>([{ kind: 'pause', until }, data(utf8('a'))])
  const { error } = await read(bytesOf(responseOf(source.body)).body)
  assert.is(error, failure)
  assert.is(source.closes, 1)
})

responses('stopping during a pause does not wait for it', async () => {
  const rejections = watchRejections()
  const { promise, reject } = deferred()
  const source = watched<Frame>([{ kind: 'pause', until: promise }])
  const iterator = bytesOf(responseOf(source.body)).body[Symbol.asyncIterator]()
  await iterator.next()
  const pending = iterator.next()
  await iterator.return?.()
  assert.is(source.closes, 1)
  reject(new Error('too late'))
  assert.is((await pending).done, true)
  rejections.stop()
  assert.equal(rejections.reasons, [])
})

responses('a large chunk is not copied; its framing stands around it', async () => {
  const large = new Uint8Array(4096)
  const frames: Uint8Array[] = []
  for await (const { bytes } of bytesOf(responseOf(toBody([large]))).body) frames.push(bytes)
  assert.is(frames[2], large)
  assert.equal(
    [frames[1], frames[3], frames[4]].map((bytes) => textOf(bytes ?? large)),
    ['1000\r\n', '\r\n', '0\r\n\r\n'],
  )
})

responses(
  'an invalid response throws at the call, and its body is closed exactly once',
  async () => {
    const source = watched(pieces)
    throwsAtOnce(() => bytesOf({ ...responseOf(source.body), status: 99 }), 'RESPONSE_INVALID')
    await turn()
    await closeBody(source.body)
    assert.equal([source.pulls, source.closes], [0, 1])
  },
)

responses('what is not a response is refused at the call, in the words of checkResponse', () => {
  const { message } = throwsAtOnce(() => bytesOf(untyped('hello')), 'RESPONSE_INVALID')
  assert.match(message, /found a string/)
})

responses('closing during a pause ends the pull that waits, however the pause ends', async () => {
  const unhandled = watchRejections()
  for (const fail of [false, true]) {
    const { promise: until, reject } = deferred()
    const source = watched([data(utf8('a')), { kind: 'pause', until } as const, data(utf8('b'))])
    const pull = pullFrom(bytesOf(responseOf(source.body)).body)
    // The head, and the first chunk.
    await pull.pull()
    await pull.pull()
    const pending = Promise.resolve(pull.pull())
    await turn()
    await pull.close()
    if (fail) reject(new Error('the pause failed'))
    assert.is(await within(5000, pending), undefined)
    assert.is(source.closes, 1)
  }
  await turn(3)
  unhandled.stop()
  assert.equal(unhandled.reasons, [])
})

responses('a response is read once', async () => {
  const { body } = bytesOf(text('hello'))
  await read(body)
  throwsAtOnce(() => pullFrom(body), 'BODY_USED')
})

responses.run()
