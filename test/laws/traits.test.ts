// @seconds 240
// Law 13: what a filter promises by its traits is true.
import { withTraits } from '@sluice/body/engine'
import { checkLaws, lawTests } from '@sluice/laws'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lyingFilters } from '../support/laws/lying-filters.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { Traits } from '@sluice/body/engine'
import type { LawOptions } from '@sluice/laws'
import type { AnyFilter } from '../support/laws/filter-of.ts'

const tried = { seed: 4, runs: 20, timeoutMs: 20_000 }
const same = (body: Body<AnyFrame>): Body<AnyFrame> => body

/** What law 13 finds, and nothing if it is kept. */
const foundIn = async (
  make: () => AnyFilter,
  traits: Partial<Traits>,
  options: LawOptions = {},
): Promise<string> => {
  const tests = lawTests(() => withTraits(traits, make()), { ...tried, ...options })
  const [test] = tests.filter(({ law }) => law === 13)
  if (test === undefined) throw new Error('law 13 is not tried')
  return test.run().then(
    () => '',
    ({ message }: Error) => message,
  )
}

const liars = suite('laws: filters that lie')

for (const { name, make, options, truth, lie, found } of lyingFilters) {
  liars(`${name}, and says ${JSON.stringify(lie)}`, async () => {
    assert.match(await foundIn(make, { ...truth, ...lie }, options), found)
  })

  liars(`${name}, and says so`, async () => {
    assert.is(await foundIn(make, truth, options), '')
  })
}

liars('there is one for each promise', () => {
  const promises = new Set(lyingFilters.flatMap(({ lie }) => Object.values(lie)))
  assert.equal([...promises].sort(), ['bounded', 'delayed', 'kept', 'nothing'])
  for (const trait of ['bytes', 'holds', 'flush'] as const)
    assert.ok(lyingFilters.some(({ lie }) => lie[trait] !== undefined))
})

liars.run()

const honest = suite('laws: filters that are better than they say')

for (const bytes of ['kept', 'changed'] as const)
  for (const holds of ['nothing', 'bounded', 'whole'] as const)
    for (const flush of ['kept', 'delayed', 'lost'] as const)
      if (bytes === 'kept' || holds !== 'whole' || flush !== 'lost')
        honest(`passes all, and says ${bytes}, ${holds}, ${flush}`, async () => {
          const passing = () => same
          // An empty frame would leave as it came, which is of another law.
          assert.is(await foundIn(passing, { bytes, holds, flush }, { runs: 5 }), '')
        })

honest.run()

const kit = suite('laws: law 13')

kit('is tried on a filter that promises something, and on no other', async () => {
  const lawsOf = (filter: AnyFilter) => lawTests(() => filter, tried).map(({ law }) => law)
  const twelve = Array.from({ length: 12 }, (_, index) => index + 1)
  assert.equal(lawsOf(same), twelve)
  assert.equal(lawsOf(withTraits({}, same)), twelve)
  assert.equal(lawsOf(withTraits({ flush: 'delayed' }, same)), [...twelve, 13])
})

kit('stands in the report as the others do', async () => {
  const liar = withTraits({ bytes: 'kept' }, async function* (body: Body<AnyFrame>) {
    for await (const frame of body) if (frame.kind !== 'data') yield frame
  })
  const { broken, kept } = await checkLaws(() => liar, { ...tried, runs: 3 })
  const [failure] = broken.filter(({ law }) => law === 13)
  assert.match(failure?.found ?? '', /its traits say bytes: 'kept'/)
  assert.not(kept.includes(13))
})

kit.run()
