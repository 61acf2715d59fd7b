// The same requests where there is no Buffer of Node: the parser and the heads of responses do with the web platform what they do
// with Node. `@sluice/server/http1` asks for Buffer when it is loaded, so it is imported here after Buffer is
// gone, and nothing that imports the server may be imported above.
import { fields, toBody } from '@sluice/body'
import { HttpError } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cutAt, cuts } from '../support/parsing/cuts.ts'
import { latin1 } from '../support/parsing/decode-pieces.ts'
import { feedPieces } from '../support/parsing/feed-pieces.ts'
import { goodRequests } from './requests.accepted.ts'
import { limitRequests } from './requests.limits.ts'
import { badRequests } from './requests.refused.ts'
import { found, wantedFully } from './requests.wanted.ts'
import type { Parsed } from '../support/parsing/feed-pieces.ts'

const nodeBuffer: unknown = Reflect.get(globalThis, 'Buffer')
let asked = 0
Object.defineProperty(globalThis, 'Buffer', {
  configurable: true,
  get() {
    asked++
    return undefined
  },
})
const { refusal, requestParser, responseBytes } = await import('@sluice/server/http1')
const askedAtLoad = asked
Object.defineProperty(globalThis, 'Buffer', { value: nodeBuffer, configurable: true })

const without = suite('http1 without Buffer')

without('Buffer is asked for once, when the module is loaded', () => {
  assert.is(askedAtLoad, 1)
})

const get = (target: string) => `GET ${target} HTTP/1.1\r\nhost: a\r\n\r\n`

const parse = (pieces: readonly Uint8Array[], limits = {}): Parsed =>
  feedPieces(requestParser(limits), pieces)

for (const { name, section, sent, wanted } of goodRequests)
  without(`${name} (${section})`, () => {
    const requests = wanted.map(wantedFully)
    for (const { name: cut, pieces } of cuts(latin1(sent))) {
      const parsed = parse(pieces)
      assert.equal(parsed.requests.map(found), requests, cut)
      assert.is(parsed.end, 'idle', cut)
    }
  })

for (const { name, section, sent, code } of badRequests)
  without(`${name} (${section})`, () => {
    for (const { name: cut, pieces } of cuts(latin1(get('/before') + sent + get('/after'))))
      assert.is(parse(pieces).end, code, cut)
  })

for (const { name, limits, sent, wanted = 'idle' } of limitRequests)
  without(`${name}: ${wanted}`, () => {
    const bytes = latin1(sent)
    for (const step of [bytes.length, 1, 7, 1000]) {
      const places = Array.from({ length: Math.ceil(bytes.length / step) }, (_, at) => at * step)
      assert.is(parse(cutAt(bytes, places), limits).end, wanted, `in pieces of ${step}`)
    }
  })

without('what is given out and taken back is bytes, not a Buffer', () => {
  const parser = requestParser()
  parser.receive(latin1('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nh'))
  parser.receive(latin1('iNEXT'))
  const taken: Uint8Array[] = []
  for (let event = parser.next(); event !== undefined; event = parser.next())
    if (event.kind === 'data') taken.push(event.bytes)
  taken.push(...parser.takeRest())
  // The head joined the pieces, so the content is in one.
  const names = taken.map((bytes) => bytes.constructor.name)
  assert.equal(names, ['Uint8Array', 'Uint8Array'])
})

without('every byte of a field value is written and refused as it is', async () => {
  const value = String.fromCharCode(...Array.from({ length: 128 }, (_, at) => at + 128))
  const response = { status: 200, headers: fields({ x: value }), body: toBody('hello') }
  const request = { method: 'GET', version: '1.1' } as const
  const parts: Uint8Array[] = []
  for await (const { bytes } of responseBytes(request, response, { keepAlive: true, date: 'now' })
    .body)
    parts.push(bytes)
  const head = `HTTP/1.1 200 OK\r\nx: ${value}\r\ndate: now\r\ncontent-length: 5\r\n\r\n`
  assert.is(Buffer.concat(parts).toString('latin1'), `${head}hello`)
  const sent = refusal(new HttpError('BAD_REQUEST', 'caf\u00e9'), 'now')
  assert.ok(sent.endsWith('content-length: 6\r\n\r\ncaf\u00c3\u00a9\n'))
})

without.run()
