import { defaultRequestLimits, requestParser } from '@sluice/server/http1'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cutAt, cuts } from '../support/parsing/cuts.ts'
import { latin1 } from '../support/parsing/decode-pieces.ts'
import { parsePieces } from '../support/parsing/parse-pieces.ts'
import { throwsAtOnce } from '../support/rejects.ts'
import { get, post } from '../support/server/serving.ts'
import type { RequestParser } from '@sluice/server/http1'

const chunkedHead = 'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n'

const parserOf = (...pieces: readonly string[]): RequestParser => {
  const parser = requestParser()
  for (const piece of pieces) parser.receive(latin1(piece))
  return parser
}

/** The kinds of the events that there are, up to where more bytes are wanted. */
const kindsOf = (parser: RequestParser): readonly string[] => {
  const kinds: string[] = []
  for (let event = parser.next(); event !== undefined; event = parser.next()) kinds.push(event.kind)
  return kinds
}

const parser = suite('requestParser')

parser('it is idle, in the head, in the content, at the end, and idle again', () => {
  const fresh = requestParser()
  const states: string[] = [fresh.state]
  for (const piece of ['POST / HTTP/1.1\r', '\nhost: a\r\ncontent-length: 2\r\n\r\n', 'h', 'i']) {
    fresh.receive(latin1(piece))
    kindsOf(fresh)
    states.push(fresh.state)
  }
  fresh.nextRequest()
  states.push(fresh.state)
  assert.equal(states, ['idle', 'head', 'content', 'content', 'ended', 'idle'])
})

parser('a request without content ends at once, by an event of its own', () => {
  assert.equal(kindsOf(parserOf(get())), ['head', 'end'])
})

parser('an empty piece means nothing', () => {
  const idle = parserOf('')
  assert.is(idle.next(), undefined)
  assert.is(idle.state, 'idle')
  assert.equal(kindsOf(parserOf('', 'GET / HTTP/1.1\r\n', '', 'host: a\r\n\r\n', '')), [
    'head',
    'end',
  ])
})

parser('an empty line is no part of a request: it stays idle at every cut', () => {
  for (const { name, pieces } of cuts(latin1('\r\n\r\n')))
    assert.is(parsePieces(pieces).end, 'idle', name)
})

parser('a method of 8300 characters has one outcome at every cut', () => {
  const bytes = latin1(get().replace('GET', 'M'.repeat(8300)))
  const whole = parsePieces([bytes])
  const every = Array.from(bytes, (_, at) => at)
  assert.is(parsePieces(cutAt(bytes, every)).end, whole.end)
})

parser('content is given as it came, without a copy', () => {
  const bytes = latin1(post('/', 'hello'))
  const own = requestParser()
  own.receive(bytes)
  own.next()
  const event = own.next()
  if (event?.kind !== 'data') throw new Error(`found ${event?.kind}`)
  assert.is(event.bytes.buffer, bytes.buffer)
  assert.is(event.bytes.byteOffset, bytes.byteOffset + bytes.length - 5)
})

parser('content comes piece by piece, no more of it than its length', () => {
  const own = parserOf(post('/', 'hello').slice(0, -3))
  assert.equal(kindsOf(own), ['head', 'data'])
  own.receive(latin1(`llo${get('/next')}`))
  assert.equal(kindsOf(own), ['data', 'end'])
  assert.is(own.bufferedBytes, get('/next').length)
})

parser('contentBytesLeft counts what has not been given out', () => {
  const own = parserOf(post('/', 'hello').slice(0, -3))
  assert.is(own.next()?.kind, 'head')
  assert.is(own.contentBytesLeft, 5)
  own.next()
  assert.is(own.contentBytesLeft, 3)
  own.receive(latin1('llo'))
  assert.is(own.contentBytesLeft, 3)
  assert.equal(kindsOf(own), ['data', 'end'])
  assert.is(own.contentBytesLeft, 0)
})

parser('contentBytesLeft is Infinity in the chunked coding, and 0 after it', () => {
  const own = parserOf(chunkedHead, '2\r\nhi\r\n')
  own.next()
  assert.is(own.contentBytesLeft, Number.POSITIVE_INFINITY)
  own.receive(latin1('0\r\n\r\n'))
  assert.equal(kindsOf(own), ['data', 'end'])
  assert.is(own.contentBytesLeft, 0)
})

parser('a long line byte by byte is held in few pieces, and ends where it ends', () => {
  for (const head of [
    `GET /${'a'.repeat(8000)} HTTP/1.1\r\nhost: a\r\n\r\n`,
    `GET / HTTP/1.1\r\nhost: a\r\nx: ${'b'.repeat(16_000)}\r\n\r\n`,
  ]) {
    const own = parserOf()
    const events: unknown[] = []
    for (const byte of latin1(head)) {
      assert.equal(events, [])
      own.receive(Uint8Array.of(byte))
      const event = own.next()
      if (event !== undefined) events.push(event.kind)
    }
    assert.equal(events, ['head'])
    // Held as many pieces it would be a hundred times that.
    const rest = parserOf(head.slice(0, 7000))
    for (const byte of latin1('c'.repeat(900))) {
      rest.receive(Uint8Array.of(byte))
      rest.next()
    }
    assert.ok(rest.takeRest().length <= 33)
  }
})

parser('nothing is parsed behind a request before nextRequest', () => {
  const own = parserOf(`${get('/1')}BAD\r\n`)
  assert.equal(kindsOf(own), ['head', 'end'])
  assert.is(own.next(), undefined)
  own.nextRequest()
  throwsAtOnce(() => own.next(), 'REQUEST_LINE_INVALID')
})

parser('nextRequest in the middle of a request does nothing', () => {
  const own = parserOf(post('/', 'hello').slice(0, -3))
  own.next()
  own.nextRequest()
  assert.is(own.state, 'content')
  own.receive(latin1('llo'))
  assert.equal(kindsOf(own), ['data', 'data', 'end'])
})

parser('a refusal is thrown once, and what comes after it is not kept', () => {
  const own = parserOf('BAD\r\n', get())
  throwsAtOnce(() => own.next(), 'REQUEST_LINE_INVALID')
  assert.is(own.state, 'refused')
  assert.is(own.next(), undefined)
  assert.is(own.bufferedBytes, 0)
  own.receive(latin1(get()))
  assert.is(own.bufferedBytes, 0)
  assert.is(own.next(), undefined)
  own.finish()
  own.nextRequest()
  assert.is(own.state, 'refused')
})

for (const [name, sent] of [
  ['between requests', get()],
  ['before any byte', ''],
] as const)
  parser(`the end of the input ${name} is no failure`, () => {
    const own = parserOf(sent)
    kindsOf(own)
    own.finish()
    own.nextRequest()
    own.finish()
  })

for (const [name, sent] of [
  ['in the request line', 'GET / HT'],
  ['in the fields', 'GET / HTTP/1.1\r\nhost: a\r\n'],
  ['in content of a length', post('/', 'hello').slice(0, -1)],
  ['in chunked content', `${chunkedHead}2\r\nh`],
  ['in a trailer section', `${chunkedHead}0\r\nx: y\r\n`],
] as const)
  parser(`the end of the input ${name} is BODY_ENDED_EARLY, once`, () => {
    const own = parserOf(sent)
    kindsOf(own)
    throwsAtOnce(() => own.finish(), 'BODY_ENDED_EARLY')
    assert.is(own.state, 'refused')
    own.finish()
  })

parser('takeRest gives what was received and not parsed, in order', () => {
  const own = parserOf(get(), 'one, ', 'two')
  assert.equal(kindsOf(own), ['head', 'end'])
  assert.is(Buffer.concat(own.takeRest()).toString(), 'one, two')
  assert.is(own.bufferedBytes, 0)
  assert.equal(own.takeRest(), [])
})

parser('between requests it keeps nothing of the memory that it parsed', async () => {
  const own = requestParser()
  const memory = (() => {
    const bytes = Uint8Array.from(latin1(get('/', `x: ${'y'.repeat(100)}`)))
    own.receive(bytes)
    assert.equal(kindsOf(own), ['head', 'end'])
    own.nextRequest()
    return new WeakRef(bytes.buffer)
  })()
  await new Promise((resolve) => setImmediate(resolve))
  globalThis.gc?.()
  assert.is(memory.deref(), undefined)
  assert.is(own.state, 'idle')
})

parser('an unfinished line holds its own bytes and no others', () => {
  const own = parserOf('GET / HTTP/1.1\r\nhost: a\r\nx: ')
  kindsOf(own)
  assert.is(own.bufferedBytes, 3)
})

parser('8 heads of 16 KiB, byte by byte, are all read', () => {
  const head = `${get().slice(0, -2)}x: ${'y'.repeat(16_384 - get().length - 5)}\r\n\r\n`
  assert.is(head.length, 16_384)
  const bytes = latin1(head.repeat(8))
  const { requests, end } = parsePieces(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))
  assert.is(end, 'idle')
  assert.is(requests.length, 8)
})

parser('a head of 1 MiB of field lines, where that is allowed, byte by byte', () => {
  const limits = { maxHeadBytes: 2 ** 21, maxFields: 100_000 }
  const bytes = latin1(`${get().slice(0, -2)}${'name: the value\r\n'.repeat(61_000)}\r\n`)
  const every = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))
  assert.is(parsePieces(every, limits).requests[0]?.head.headers.size, 61_001)
})

parser('the limits are those that are documented', () => {
  assert.equal(defaultRequestLimits, {
    maxHeadBytes: 16_384,
    maxTargetBytes: 8192,
    maxFields: 100,
    maxEmptyLines: 2,
    maxChunkLineBytes: 4096,
    maxChunkOverheadBytes: 16_384,
    maxChunkExtensionBytes: 16_384,
    maxTrailerBytes: 16_384,
    maxTrailerFields: 100,
  })
})

parser.run()
