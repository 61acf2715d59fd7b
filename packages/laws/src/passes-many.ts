import { countKind } from './count-kind.ts'
import { endedWell } from './ended-well.ts'
import { observe } from './observe.ts'
import { manyScript } from './scripts.ts'
import type { Passing } from './bytes-around.ts'
import type { FilterUnderTest } from './filter-under-test.ts'

/**
 * Checks that very many frames of a kind in a row pass.
 *
 * @throws {BrokenLaw} If not all of them leave.
 */
export const passesMany = async (under: FilterUnderTest, kind: Passing): Promise<void> => {
  const script = manyScript(under, kind)
  if (script === undefined) return
  const seen = await observe(under, script)
  if (endedWell(under, seen)) countKind(under, seen, kind)
}
