// Our own requests: each whole, byte by byte and cut at every place, with equal outcome, and those refused over a socket.
import { collect } from '@sluice/body'
import { requestParser } from '@sluice/server/http1'
import { json, text } from '@sluice/stack'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cutAt, cuts } from '../support/cuts.ts'
import { latin1 } from '../support/decode-pieces.ts'
import { parsePieces } from '../support/parse-pieces.ts'
import { readResponse } from '../support/read-response.ts'
import { get, serving } from '../support/serving.ts'
import { goodRequests } from './requests.accepted.ts'
import { limitRequests } from './requests.limits.ts'
import { badRequests } from './requests.refused.ts'
import { found, wantedFully } from './requests.wanted.ts'
import type { Handler } from '@sluice/stack'

const accepted = suite('requests: accepted')

for (const { name, section, sent, wanted } of goodRequests) {
  accepted(`${name} (${section})`, () => {
    const requests = wanted.map(wantedFully)
    for (const { name: cut, pieces } of cuts(latin1(sent))) {
      const parsed = parsePieces(pieces)
      assert.equal(parsed.requests.map(found), requests, cut)
      assert.is(parsed.end, 'idle', cut)
    }
  })

  accepted(`${name} (${section}): any part of it wants more`, () => {
    const bytes = latin1(sent)
    for (let length = 1; length < bytes.length; length++) {
      const { requests, end } = parsePieces([bytes.subarray(0, length)])
      assert.ok(['idle', 'head', 'content'].includes(end), `${end} after ${length} bytes`)
      const whole = requests.filter((request) => request.whole).length
      assert.ok(whole < wanted.length, `whole after ${length} bytes`)
    }
  })
}

accepted('what comes after a request stays until the next is asked for', () => {
  const parser = requestParser()
  parser.receive(latin1(get('/1') + get('/2')))
  assert.is(parser.next()?.kind, 'head')
  assert.is(parser.next()?.kind, 'end')
  assert.is(parser.next(), undefined)
  assert.is(parser.bufferedBytes, get('/2').length)
  parser.nextRequest()
  const second = parser.next()
  assert.is(second?.kind === 'head' && second.head.target, '/2')
})

accepted.run()

const refused = suite('requests: refused')

for (const { name, section, sent, code, begun = 0 } of badRequests)
  refused(`${name} (${section})`, () => {
    const before = latin1(get('/before'))
    const bytes = latin1(get('/before') + sent + get('/after'))
    const places = [before.length]
    for (const { name: cut, pieces } of [
      { name: 'the request by itself', pieces: cutAt(bytes, places) },
      ...cuts(bytes),
    ]) {
      const { requests, end } = parsePieces(pieces)
      assert.is(end, code, cut)
      const targets = requests.map(({ head }) => head.target)
      assert.equal(targets, begun === 0 ? ['/before'] : ['/before', '/'], cut)
    }
  })

refused.run()

const onTheWire = suite('requests: refused over a socket')

for (const { name, section, sent, status } of badRequests)
  onTheWire(
    `${name} (${section}): ${status} after the answers before it, then the end`,
    serving(async (start) => {
      const seen: string[] = []
      const site = await start(async ({ target, body }) => {
        seen.push(target)
        for await (const _ of body);
        return text(target)
      })
      const client = await site.connect()
      client.send(get('/before') + sent + get('/after'))
      assert.is((await readResponse(client)).content, '/before')
      const answer = await readResponse(client)
      assert.is(answer.status, status)
      assert.is(answer.fields.get('connection'), 'close')
      assert.equal(await client.takeRest(), Buffer.alloc(0))
      assert.is(client.ended, 'end')
      assert.not(seen.includes('/after'))
    }),
  )

onTheWire.run()

const echoed = suite('requests: accepted over a socket')

/** Places that look random and are the same at each run. */
const randomPlaces = (length: number, seed: number): readonly number[] => {
  const places: number[] = []
  let state = seed
  for (let at = 0; at < length; at += 1 + (state % 40)) {
    places.push(at)
    state = (state * 16_807) % 2_147_483_647
  }
  return places
}

const echo: Handler = async ({ method, target, version, headers, body }) => {
  const { bytes, trailers } = await collect(body)
  const data = Buffer.from(bytes).toString('latin1')
  return json({ method, target, version, fields: [...headers], data, trailers: [...trailers] })
}

for (const [number, { name, section, sent, wanted }] of goodRequests.entries()) {
  // Its answer is no echo: nobody takes the connection over.
  if (sent.startsWith('CONNECT')) continue
  echoed(
    `${name} (${section})`,
    serving(async (start) => {
      const site = await start(echo)
      const bytes = latin1(sent)
      const every = Array.from(bytes, (_, at) => at)
      for (const places of [[], every, randomPlaces(bytes.length, 7 + number)]) {
        const client = await site.connect()
        for (const piece of cutAt(bytes, places)) assert.ok(await client.sendAll(piece))
        for (const each of wanted) {
          let answer = await readResponse(client)
          if (answer.status === 100) answer = await readResponse(client)
          const { framing, keepAlive, expectsContinue, upgrade, whole, ...rest } = wantedFully(each)
          assert.equal(JSON.parse(Buffer.from(answer.content, 'latin1').toString()), rest)
          assert.is(answer.fields.get('connection') !== 'close', keepAlive)
        }
        client.destroy()
      }
    }),
  )
}

echoed.run()

const limits = suite('requests: limits')

for (const { name, limits: given, sent, wanted = 'idle' } of limitRequests)
  limits(`${name}: ${wanted}`, () => {
    const bytes = latin1(sent)
    const whole = parsePieces([bytes], given)
    assert.is(whole.end, wanted)
    assert.is(whole.requests.filter((request) => request.whole).length, wanted === 'idle' ? 1 : 0)
    const every = (step: number) => Array.from(bytes, (_, at) => at * step)
    for (const step of [1, 7, 1000]) {
      const cut = parsePieces(cutAt(bytes, every(step)), given)
      assert.is(cut.end, wanted, `in pieces of ${step}`)
      assert.equal(cut.requests.map(found), whole.requests.map(found), `in pieces of ${step}`)
    }
    if (bytes.length < 300)
      for (const cut of cuts(bytes)) assert.is(parsePieces(cut.pieces, given).end, wanted, cut.name)
  })

limits.run()
