// Our server and that of Node, given the same bytes: what they read and refuse differs only as differential.explanations.ts
// says, class by class, each with the section of the RFC by which it is judged.
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { holds } from '../support/holds.ts'
import { madeRequests } from '../support/parsing/made-requests.ts'
import { nearTargets } from '../support/parsing/near-targets.ts'
import { spoilt } from '../support/parsing/spoilt.ts'
import { differenceOf } from '../support/server/differences.ts'
import { startDuel } from '../support/server/node-duel.ts'
import { explanations } from './differential.explanations.ts'
import type { Difference } from '../support/server/differences.ts'
import type { Explanation } from './differential.explanations.ts'

const differences = suite('differences from node:http')

const right = madeRequests.map((all) => all.map(({ wire }) => wire).join(''))
const sources: readonly (readonly [name: string, sent: fc.Arbitrary<string>])[] = [
  ['requests that are right', right],
  ['requests that were changed', spoilt(right)],
  ['targets and framing that are nearly right', nearTargets],
]

// Each Node has its own; these are those of the oldest that we run on.
const test = process.versions.node.startsWith('20.') ? differences : differences.skip

for (const { what, section, example } of explanations)
  test(`${what} (${section})`, async () => {
    const duel = await startDuel()
    const difference = differenceOf(example, await duel.meet(example))
    await duel.close()
    if (difference === undefined) throw new Error('both read the same')
    assert.is(explanationOf(difference)?.what, what)
  })

for (const [name, sent] of sources)
  test(`${name}: nothing differs but what is said above`, async () => {
    const duel = await startDuel()
    try {
      await holds(
        fc.asyncProperty(sent, async (text) => {
          const difference = differenceOf(text, await duel.meet(text))
          if (difference === undefined || explanationOf(difference) !== undefined) return
          throw new Error(JSON.stringify(difference, undefined, 1))
        }),
        600,
      )
    } finally {
      await duel.close()
    }
  })

differences.run()

function explanationOf(difference: Difference): Explanation | undefined {
  return explanations.find(({ explains }) => explains(difference))
}
