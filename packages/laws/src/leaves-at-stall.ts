import { BrokenLaw } from './broken-law.ts'
import { observe } from './observe.ts'
import type { Passing } from './bytes-around.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Script } from './script.ts'

/**
 * Checks that a control frame leaves even if the source then has nothing more for a long time.
 *
 * @throws {BrokenLaw} If the frame is held until something follows it.
 */
export const leavesAtStall = async (
  under: FilterUnderTest,
  script: Script,
  kind: Passing,
): Promise<void> => {
  if (under.refuses.has(kind) || under.drops.has(kind)) return
  const at = script.bytes.length
  const marks = [{ kind, at, variant: 0 }]
  const doing = { ...script, marks, trailers: false }
  // If the frame never leaves it is lost, which another check reports.
  const whole = await observe(under, doing)
  if (!whole.left.some((each) => each.kind === kind)) return
  const stallsAt = whole.given.length
  const seen = await observe(under, { ...doing, stallsAt, wants: kind })
  if (seen.end.kind !== 'late') return
  throw new BrokenLaw(`the ${kind} frame did not leave while the source had nothing more`, seen)
}
