import { dropFlush, dropTrailers, limitBytes, mapBytes, mapText, tap } from '@sluice/filter'
import { suite } from 'uvu'
import { utf8 } from './support/cuts.ts'
import { filterLaws } from './support/filter-laws.ts'
import type { FilterUnderTest } from './support/filter-laws.ts'

const given = utf8('a é 漢 😀 z')
const upper = utf8('A É 漢 😀 Z')

const filters: Readonly<Record<string, FilterUnderTest>> = {
  mapBytes: {
    filter: () => mapBytes((bytes) => bytes.map((byte) => byte ^ 1)),
    given,
    wanted: given.map((byte) => byte ^ 1),
  },
  mapText: {
    filter: () => mapText((text) => text.toUpperCase()),
    given,
    wanted: upper,
  },
  limitBytes: { filter: () => limitBytes({ maxBytes: given.length }), given, wanted: given },
  tap: { filter: () => tap(() => ({})), given, wanted: given },
  dropFlush: { filter: () => dropFlush, given, wanted: given, drops: ['flush'] },
  dropTrailers: { filter: () => dropTrailers, given, wanted: given, drops: ['trailers'] },
}

for (const [name, under] of Object.entries(filters)) {
  const laws = suite(`the frame laws: ${name}`)
  for (const law of filterLaws(under)) laws(law.name, law.run)
  laws.run()
}
