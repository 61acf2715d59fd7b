import { Broken } from './broken.ts'
import { describeError } from './describe.ts'
import { settingsOf } from './options.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { Seen } from './broken.ts'
import type { LawOptions, Settings } from './options.ts'

/** What makes a body of a body: a filter of Sluice, a plain function, an `async function*`. */
export type PlainFilter = (body: Body<AnyFrame>) => Body<AnyFrame>

/** A filter under test. */
export interface Under extends Settings {
  readonly name: string
  /** Makes the filter, anew for each body. */
  make(): PlainFilter
}

export const underTest = (make: () => PlainFilter, options: LawOptions): Under => {
  const settings = settingsOf(options)
  return { ...settings, name: settings.name ?? nameOf(make), make }
}

const nameOf = (make: () => PlainFilter): string => {
  try {
    return make().name || 'the filter'
  } catch {
    // Each law will say so.
    return 'the filter'
  }
}

/** What bytes mean: the same bytes, or what a coder's decoder reads in them. */
export const meaningOf = ({ decode }: Under, bytes: Uint8Array, seen: Seen): Uint8Array => {
  if (decode === undefined) return bytes
  try {
    return decode(bytes)
  } catch (error) {
    throw new Broken(`decode cannot read what has left: ${describeError(error)}`, seen)
  }
}
