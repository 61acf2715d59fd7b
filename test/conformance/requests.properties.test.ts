// The parser of requests on made-up inputs: what was written is what is read, at any cut, and anything else is read or refused
// as a plain reference of RFC 9112 does.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { holds, isShortRun } from '../support/holds.ts'
import { cutAt } from '../support/parsing/cuts.ts'
import { latin1 } from '../support/parsing/decode-pieces.ts'
import { feed } from '../support/parsing/feed-parser.ts'
import { madeRequests } from '../support/parsing/made-requests.ts'
import { nearTargets } from '../support/parsing/near-targets.ts'
import { referenceRequests } from '../support/parsing/reference-requests.ts'
import { spoilt } from '../support/parsing/spoilt.ts'
import type { RequestLimits } from '@sluice/server/http1'
import type { Fed } from '../support/parsing/feed-parser.ts'

const places = fc.array(fc.nat(600), { maxLength: 12 })
const right = madeRequests.map((requests) => requests.map(({ wire }) => wire).join(''))

/** Every way of feeding the same bytes; the outcome has to be one. */
const feedEveryWay = (
  input: Uint8Array,
  cut: readonly number[],
  limits?: Partial<RequestLimits>,
): Fed => {
  const whole = feed([[input]], limits)
  const pieces = cutAt(input, cut)
  const bytes = cutAt(input, [...input.keys()])
  assert.equal(feed([pieces], limits), whole, 'in pieces that came together')
  assert.equal(feed([bytes], limits), whole, 'in bytes that came together')
  assert.equal(feed(inEach(pieces), limits), whole, 'in pieces')
  assert.equal(feed(inEach(bytes), limits), whole, 'byte by byte')
  return whole
}

const states: ReadonlySet<string> = new Set(['idle', 'head', 'content'])

const assertAsReference = (text: string, { requests, end }: Fed) => {
  const wanted = referenceRequests(text)
  const found = states.has(end) ? end : 'refused'
  assert.equal(requests, wanted.requests)
  // Some heads may be refused before they are whole.
  if (wanted.end === 'refused in time') assert.ok(['head', 'refused'].includes(found), found)
  else assert.is(found, wanted.end)
}

const inEach = (pieces: readonly Uint8Array[]) => pieces.map((piece) => [piece])

const written = suite('requests: made up, and right')

written('what was written is what is read, at any cut', () =>
  holds(
    fc.property(madeRequests, places, (requests, cut) => {
      const text = requests.map(({ wire }) => wire).join('')
      const { requests: read, end } = feedEveryWay(latin1(text), cut)
      assert.equal(
        read,
        requests.map(({ wanted }) => wanted),
      )
      assert.is(end, 'idle')
      assertAsReference(text, { requests: read, end })
    }),
    800,
  ),
)

written('of any part, whole requests are read and the rest is waited for', () =>
  holds(
    fc.property(madeRequests, fc.nat({ max: 0xffff }), (requests, at) => {
      const text = requests.map(({ wire }) => wire).join('')
      const part = text.slice(0, at % (text.length + 1))
      const { requests: read, end } = feed([[latin1(part)]])
      assert.ok(['idle', 'head', 'content'].includes(end), end)
      const whole = requests.map(({ wanted }) => wanted).slice(0, read.length)
      const last = read.at(-1)
      if (last?.whole === false) {
        const wanted = whole.pop()
        assert.ok(wanted?.data.startsWith(last.data))
        assert.equal(last, { ...wanted, data: last.data, trailers: [], whole: false })
      }
      assert.equal(
        read.filter((request) => request.whole),
        whole,
      )
    }),
    800,
  ),
)

written.run()

const any = suite('requests: made up, and wrong')

const outcomes = (
  given: fc.Arbitrary<string>,
  usualRuns: number,
  limits?: Partial<RequestLimits>,
) => {
  const reached = new Set<string>()
  holds(
    fc.property(given, places, (text, cut) => {
      const fed = feedEveryWay(latin1(text), cut, limits)
      reached.add(fed.end)
      // The reference has the usual bounds.
      if (limits === undefined) assertAsReference(text, fed)
    }),
    usualRuns,
  )
  return reached
}

const assertReached = (reached: ReadonlySet<string>, wanted: readonly string[]) => {
  if (isShortRun) return
  for (const outcome of wanted) assert.ok(reached.has(outcome), `${outcome} was never reached`)
}

any('right requests that were changed are read, waited for or refused, at any cut alike', () => {
  const reached = outcomes(spoilt(right), 3000)
  assertReached(reached, [
    'idle',
    'head',
    'content',
    'REQUEST_LINE_INVALID',
    'FIELD_INVALID',
    'HOST_INVALID',
    'FRAMING_INVALID',
    'CHUNK_INVALID',
    'TRAILERS_INVALID',
    'VERSION_UNSUPPORTED',
    'EXPECTATION_FAILED',
  ])
})

any('so are targets, hosts, lengths and codings that are nearly right', () => {
  const reached = outcomes(nearTargets, 3000)
  assertReached(reached, [...states, 'REQUEST_LINE_INVALID', 'HOST_INVALID', 'FRAMING_INVALID'])
})

any('so are right ones and changed ones where every bound is near', () => {
  const limits = {
    maxHeadBytes: 160,
    maxTargetBytes: 12,
    maxFields: 5,
    maxEmptyLines: 1,
    maxChunkLineBytes: 30,
    maxChunkOverheadBytes: 4,
    maxTrailerBytes: 30,
    maxTrailerFields: 2,
  }
  const reached = outcomes(fc.oneof(right, spoilt(right)), 2000, limits)
  assertReached(reached, [
    'HEAD_TOO_LARGE',
    'TARGET_TOO_LONG',
    'TOO_MANY_FIELDS',
    'REQUEST_LINE_INVALID',
    'CHUNK_LINE_TOO_LONG',
    'CHUNK_OVERHEAD',
    'TRAILERS_TOO_LARGE',
  ])
})

any('any bytes at all are waited for or refused, at any cut alike', () => {
  const bytes = fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)) })
  const likely = fc.string({
    unit: fc.constantFrom(...'\r\n\r\n :;/?*GET HTTP/1.1\0\t\x80\xff0aA'),
  })
  const reached = outcomes(fc.oneof(bytes, likely), 2000)
  assertReached(reached, ['idle', 'head', 'REQUEST_LINE_INVALID'])
})

any.run()
