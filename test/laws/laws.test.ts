// @seconds 240
// @slow 48
// Every filter that we export keeps the frame laws. A new one is a row in test/support/laws/filters-of-ours.ts.
import { traits } from '@sluice/body/engine'
import { hasZstd } from '@sluice/compress'
import { lawTests } from '@sluice/laws'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { leavingNothing } from '../support/bodies/leaving-nothing.ts'
import { runsFor, seedFor } from '../support/holds.ts'
import { exportedFilters } from '../support/laws/exported-filters.ts'
import { filtersOfOurs } from '../support/laws/filters-of-ours.ts'

/** Exports through which a body passes, and that are no filters to be tried by themselves. */
const noFilters: Readonly<Record<string, string>> = {
  'filter: filter': 'makes filters: the rows are made with it',
  'filter: frameFilter': 'as filter',
  'filter: pipe': 'puts them on a body: rows of several are',
  'laws: laws': 'takes filters, to try them',
  'laws: checkLaws': 'as laws',
  'laws: lawTests': 'as laws',
  'fetch: toFetchMiddleware':
    'puts a middleware around an application of fetch: test/hosts tries it',
  'stack: handlerAround': 'is what these two make of a middleware',
  'node: toMiddleware': 'puts a middleware around an application of Node: test/hosts tries it',
  ...(hasZstd ? {} : { 'compress: zstd': 'is not in this Node' }),
}

/** Rows that carry no traits. */
const withoutTraits: Readonly<Record<string, string>> = {
  'body: toBody': 'makes bodies: what passes on a body begins after it',
  'sse: encodeEvents': 'makes a body of messages: as toBody',
  'stack: filterRequest': 'is called by a middleware, which says it',
  'stack: filterResponse': 'as filterRequest',
}

const promisesSomething = (filter: unknown): boolean => {
  const { bytes, holds, flush } = traits(filter)
  return bytes === 'kept' || holds !== 'whole' || flush !== 'lost'
}

const table = suite('the frame laws: every filter of ours')

table('each export through which a body passes is tried', () => {
  const tried = new Set(filtersOfOurs.map(({ name }) => name.split(',')[0]))
  const found = exportedFilters()
  assert.ok(found.includes('write-buffering: coalesce'), 'exports are found')
  assert.equal(
    found.filter((name) => !tried.has(name) && !Object.hasOwn(noFilters, name)),
    [],
  )
})

table('each has a row of its own', () => {
  assert.is(new Set(filtersOfOurs.map(({ name }) => name)).size, filtersOfOurs.length)
})

table('each says what it does to bodies', () => {
  const silent = filtersOfOurs.filter(({ make }) => !promisesSomething(make()))
  assert.equal(silent.map(({ name }) => name).sort(), Object.keys(withoutTraits).sort())
})

table.run()

for (const { name, make, options } of filtersOfOurs) {
  const laws = suite(`the frame laws: ${name}`)
  const runs = runsFor(options?.runs ?? 30)
  const seed = seedFor(options?.seed ?? 20_261_120)
  const tried = { name, timeoutMs: 30_000, ...options, seed, runs }
  for (const law of lawTests(make, tried)) laws(law.name, leavingNothing(law.run))
  laws.run()
}
