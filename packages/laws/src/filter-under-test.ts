import { statedTraits, traits } from '@sluice/body/engine'
import { BrokenLaw } from './broken-law.ts'
import { describeError } from './describe.ts'
import { settingsOf } from './options.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { Traits } from '@sluice/body/engine'
import type { Seen } from './broken-law.ts'
import type { LawOptions, Settings } from './options.ts'

/** A function from a body to a body: a Sluice filter, a plain function, or an `async function*`. */
export type PlainFilter = (body: Body<AnyFrame>) => Body<AnyFrame>

/** A filter under test. */
export interface FilterUnderTest extends Settings {
  readonly name: string
  /** Its own traits, if it has any. */
  readonly traits: Traits | undefined
  /** Makes the filter; called for each body. */
  make(): PlainFilter
}

export const underTest = (make: () => PlainFilter, options: LawOptions): FilterUnderTest => {
  const settings = settingsOf(options)
  const filter = madeBy(make)
  const name = settings.name ?? (filter?.name || 'the filter')
  const own = statedTraits(filter) === undefined ? undefined : traits(filter)
  return { ...settings, name, traits: own, make }
}

const madeBy = (make: () => PlainFilter): PlainFilter | undefined => {
  try {
    return make()
  } catch {
    // Each law reports the error.
    return undefined
  }
}

/** The bytes that are compared: decoded by `decode`, if that is given. */
export const meaningOf = (
  { decode }: FilterUnderTest,
  bytes: Uint8Array,
  seen: Seen,
): Uint8Array => {
  if (decode === undefined) return bytes
  try {
    return decode(bytes)
  } catch (error) {
    throw new BrokenLaw(`decode cannot read what left: ${describeError(error)}`, seen)
  }
}
