import { countKind } from './count-kind.ts'
import { endedWell } from './ended.ts'
import { observe } from './observe.ts'
import { manyScript } from './scripts.ts'
import type { Passing } from './part-at.ts'
import type { Under } from './under.ts'

/**
 * Gives very many frames of a kind in a row.
 *
 * @throws {Broken} When not all of them leave.
 */
export const manyOf = async (under: Under, kind: Passing): Promise<void> => {
  const script = manyScript(under, kind)
  if (script === undefined) return
  const seen = await observe(under, script)
  if (endedWell(under, seen)) countKind(under, seen, kind)
}
