// Our own requests: each whole, byte by byte and cut at every place, with equal outcome. Over a socket: requests-wire.test.ts.
import { requestParser } from '@sluice/server/http1'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cutAt, cuts } from '../support/parsing/cuts.ts'
import { latin1 } from '../support/parsing/decode-pieces.ts'
import { parsePieces } from '../support/parsing/parse-pieces.ts'
import { get } from '../support/server/serving.ts'
import { goodRequests } from './requests.accepted.ts'
import { limitRequests } from './requests.limits.ts'
import { badRequests } from './requests.refused.ts'
import { found, wantedFully } from './requests.wanted.ts'

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

const limits = suite('requests: limits')

for (const { name, limits: given, sent, wanted = 'idle', data } of limitRequests)
  limits(`${name}: ${wanted}`, () => {
    const bytes = latin1(sent)
    const whole = parsePieces([bytes], given)
    assert.is(whole.end, wanted)
    assert.is(whole.requests.filter((request) => request.whole).length, wanted === 'idle' ? 1 : 0)
    if (data !== undefined) assert.is(whole.requests[0]?.data, data)
    const every = (step: number) => Array.from(bytes, (_, at) => at * step)
    for (const step of [1, 7, 1000]) {
      const cut = parsePieces(cutAt(bytes, every(step)), given)
      assert.is(cut.end, wanted, `in pieces of ${step}`)
      assert.equal(cut.requests.map(found), whole.requests.map(found), `in pieces of ${step}`)
    }
    if (bytes.length < 300)
      for (const cut of cuts(bytes)) assert.is(parsePieces(cut.pieces, given).end, wanted, cut.name)
  })

limits('of 100 field lines none is dropped', () => {
  const hundred = limitRequests.find(({ name }) => name === '100 field lines')
  const { requests } = parsePieces([latin1(hundred?.sent ?? '')])
  assert.is(requests[0]?.head.headers.size, 100)
})

limits.run()
