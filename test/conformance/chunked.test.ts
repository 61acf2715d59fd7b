// Our own cases for the chunked coding: each whole, byte by byte and cut at every place, with equal outcome.
import { chunkedDecoder } from '@sluice/chunked-input'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { cutAt, cuts } from '../support/parsing/cuts.ts'
import { decodePieces, latin1 } from '../support/parsing/decode-pieces.ts'
import { throwsAtOnce } from '../support/rejects.ts'
import { goodCases } from './chunked.accepted.ts'
import { limitCases } from './chunked.limits.ts'
import { badCases } from './chunked.refused.ts'

const accepted = suite('the chunked coding: accepted')

for (const { name, section, coded, rest = '', data, trailers = [] } of goodCases) {
  const title = `${name} (${section})`

  accepted(title, () => {
    for (const { name: cut, pieces } of cuts(latin1(coded + rest)))
      assert.equal(decodePieces(pieces), { data, trailers, rest, end: 'done' }, cut)
  })

  accepted(`${title}, any part of it: ended early`, () => {
    const bytes = latin1(coded)
    for (let length = 0; length < bytes.length; length++) {
      const decoder = chunkedDecoder()
      decoder.decode(bytes.subarray(0, length))
      assert.is(decoder.failure, undefined, `after ${length} bytes`)
      assert.not(decoder.done, `after ${length} bytes`)
      assert.is(decoder.end()?.code, 'BODY_ENDED_EARLY')
      assert.is(decoder.failure?.code, 'BODY_ENDED_EARLY')
    }
  })
}

accepted.run()

const refused = suite('the chunked coding: refused')

for (const { name, section, before, bad, data = '', code } of badCases)
  refused(`${name} (${section})`, () => {
    for (const { name: cut, pieces } of cuts(latin1(before + bad)))
      assert.equal(decodePieces(pieces), { data, trailers: [], rest: '', end: code }, cut)
    assert.is(decodePieces([latin1(before)]).end, 'open', 'refused too early')
    assert.is(decodePieces([latin1(before + bad.slice(0, 1))]).end, code, 'refused too late')
  })

refused.run()

const limits = suite('the chunked coding: limits')

for (const { name, options, coded, wanted = 'done' } of limitCases)
  limits(`${name}: ${wanted}`, () => {
    const bytes = latin1(coded)
    const whole = decodePieces([bytes], options)
    assert.is(whole.end, wanted)
    const every = Array.from(bytes, (_, at) => at)
    assert.equal(decodePieces(cutAt(bytes, every), options), whole, 'byte by byte')
    if (bytes.length < 300)
      for (const cut of cuts(bytes))
        assert.equal(decodePieces(cut.pieces, options), whole, cut.name)
  })

limits('the largest size is 2^53 - 1', () => {
  assert.is(decodePieces([latin1('1fffffffffffff\r\nabc')]).end, 'open')
  assert.is(decodePieces([latin1('001fffffffffffff\r\nabc')]).end, 'open')
  assert.is(decodePieces([latin1('20000000000000')]).end, 'CHUNK_INVALID')
})

for (const options of [
  { maxLineBytes: 0 },
  { maxLineBytes: 1.5 },
  { maxOverheadBytes: -1 },
  { maxTrailerBytes: Number.NaN },
  { maxTrailerFields: -1 },
])
  limits(`${JSON.stringify(options)} is refused at the call`, () => {
    throwsAtOnce(() => chunkedDecoder(options), RangeError)
  })

limits.run()
