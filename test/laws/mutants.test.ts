// @seconds 240
// @slow 44
// The laws kit is tried on filters that are wrong: each has to be caught, by the law that it breaks.
import { checkLaws, laws, lawTests } from '@sluice/laws'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mutants } from '../support/laws/mutants.ts'
import { rejects } from '../support/rejects.ts'

const seed = 4
// On a machine that has other things to do, nothing but what hangs may be late.
const patience = { timeoutMs: 20_000, runs: 40 }
const caught = suite('laws: mutants')

caught('there is one for each law', () => {
  const broken = new Set(mutants.map(({ law }) => law))
  assert.equal(
    [...broken].sort((a, b) => a - b),
    lawTests(() => (body) => body).map(({ law }) => law),
  )
})

for (const { name, law, also = [], make, options, found } of mutants) {
  caught(`law ${law}: ${name}`, async () => {
    const { broken } = await checkLaws(make, { seed, ...patience, ...options })
    const [failure] = broken.filter((each) => each.law === law)
    assert.match(failure?.found ?? 'not caught', found)
    const others = broken.map((each) => each.law).filter((each) => each !== law)
    assert.equal(
      others.filter((each) => !also.includes(each)),
      [],
      'laws that it keeps',
    )
  })
}

caught('the message names the law, what was found, the body, what left, and the seed', async () => {
  const [mutant] = mutants.filter(({ name }) => name === 'unknown kinds are dropped')
  if (mutant === undefined) throw new Error('no such mutant')
  const { message } = await rejects(
    () => laws(mutant.make, { seed, name: 'it', ...patience }),
    'LAW_BROKEN',
  )
  assert.is(
    message,
    `it breaks 1 of 12 frame laws

Law 5, unknown kinds: frames of kinds that the filter does not know pass, in order and unchanged.
  found: 0 of an unknown kind left, and 1 ought to have
  given: {progress} | end
  left:  end
  again: { seed: 4 }`,
  )
})

for (const { name, law, make, options } of mutants.filter(({ law }) => law === 1 || law === 9))
  caught(`the test of law ${law} alone fails: ${name}`, async () => {
    const [test] = lawTests(make, { seed, ...patience, ...options }).filter(
      (each) => each.law === law,
    )
    const { message } = await rejects(async () => test?.run(), 'LAW_BROKEN')
    assert.match(message, new RegExp(`breaks 1 of 1 frame laws\n\nLaw ${law},`))
  })

caught.run()
