import { statedTraits } from '@sluice/body/engine'
import { BrokenLaw } from './broken-law.ts'
import { describeError } from './describe.ts'
import { settingsOf } from './options.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { Traits } from '@sluice/body/engine'
import type { Seen } from './broken-law.ts'
import type { LawOptions, Settings } from './options.ts'

/** What makes a body of a body: a filter of Sluice, a plain function, an `async function*`. */
export type PlainFilter = (body: Body<AnyFrame>) => Body<AnyFrame>

/** A filter under test. */
export interface FilterUnderTest extends Settings {
  readonly name: string
  /** What it says of itself, if it does. */
  readonly traits: Traits | undefined
  /** Makes the filter, anew for each body. */
  make(): PlainFilter
}

export const underTest = (make: () => PlainFilter, options: LawOptions): FilterUnderTest => {
  const settings = settingsOf(options)
  const filter = madeBy(make)
  const name = settings.name ?? (filter?.name || 'the filter')
  return { ...settings, name, traits: statedTraits(filter), make }
}

const madeBy = (make: () => PlainFilter): PlainFilter | undefined => {
  try {
    return make()
  } catch {
    // Each law will say so.
    return undefined
  }
}

/** What bytes mean: the same bytes, or what a coder's decoder reads in them. */
export const meaningOf = (
  { decode }: FilterUnderTest,
  bytes: Uint8Array,
  seen: Seen,
): Uint8Array => {
  if (decode === undefined) return bytes
  try {
    return decode(bytes)
  } catch (error) {
    throw new BrokenLaw(`decode cannot read what has left: ${describeError(error)}`, seen)
  }
}
