// The parser of requests against a plain reference of RFC 9112, on made-up requests that are right or nearly so.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { latin1 } from '../support/decode-pieces.ts'
import { feed } from '../support/feed-parser.ts'
import { holds, isShortRun } from '../support/holds.ts'
import { madeRequests } from '../support/made-requests.ts'
import { nearTargets } from '../support/near-targets.ts'
import { referenceRequests } from '../support/reference-requests.ts'
import { spoilt } from '../support/spoilt.ts'

const right = madeRequests.map((requests) => requests.map(({ wire }) => wire).join(''))

const states: ReadonlySet<string> = new Set(['idle', 'head', 'content'])

const compare = (given: fc.Arbitrary<string>, usualRuns: number): ReadonlySet<string> => {
  const reached = new Set<string>()
  holds(
    fc.property(given, (text) => {
      const wanted = referenceRequests(text)
      const found = feed([[latin1(text)]])
      const end = states.has(found.end) ? found.end : 'refused'
      reached.add(end)
      assert.equal(found.requests, wanted.requests)
      if (wanted.end === 'refused in time') assert.ok(['head', 'refused'].includes(end), end)
      else assert.is(end, wanted.end)
    }),
    usualRuns,
  )
  if (!isShortRun)
    for (const end of [...states, 'refused'])
      assert.ok(reached.has(end), `${end} was never reached`)
  return reached
}

const reference = suite('requests: as a plain reference reads them')

reference('requests that are right', () => {
  holds(
    fc.property(madeRequests, (requests) => {
      const text = requests.map(({ wire }) => wire).join('')
      const wanted = { requests: requests.map((request) => request.wanted), end: 'idle' }
      assert.equal(referenceRequests(text), wanted)
    }),
    300,
  )
})

reference('right requests that were changed', () => {
  compare(spoilt(right), 3000)
})

reference('targets, hosts, lengths and codings that are nearly right', () => {
  compare(nearTargets, 3000)
})

reference.run()
