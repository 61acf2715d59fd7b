// @seconds 240
// @slow 15
// Filters that keep the laws in unusual ways: the kit says nothing against them.
import { laws } from '@sluice/laws'
import { suite } from 'uvu'
import { leavingNothing } from '../support/bodies/leaving-nothing.ts'
import { lawfulFilters } from '../support/laws/lawful-filters.ts'

const lawful = suite('laws: no false alarm')

for (const { name, make, options } of lawfulFilters)
  lawful(
    name,
    leavingNothing(() => laws(make, { seed: 4, runs: 15, timeoutMs: 20_000, ...options })),
  )

lawful.run()
