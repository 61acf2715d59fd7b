import { isData } from '@sluice/body'
import { BrokenLaw } from './broken-law.ts'
import { bytesAround, passingKind } from './bytes-around.ts'
import { observe } from './observe.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Doing } from './observation.ts'
import type { Script } from './script.ts'

/**
 * Checks that a filter holds at most `maxHeldBytes`. What it holds is what a flush would release, and had not left when the filter
 * pulled again.
 *
 * @throws {BrokenLaw} If it holds more.
 */
export const holdsLittle = async (under: FilterUnderTest, script: Script): Promise<void> => {
  const kind = passingKind(under)
  if (kind === undefined || under.maxHeldBytes === Number.POSITIVE_INFINITY) return
  const seen = await observe(under, script)
  const data = seen.given.filter(isData)
  let byteLength = 0
  for (const [index, frame] of data.entries()) {
    byteLength += frame.bytes.length
    const left = seen.source.bytesOutAt[index + 1]
    if (left === undefined) return
    const doing: Doing = { ...script, bytes: script.bytes.subarray(0, byteLength) }
    const parted = await bytesAround(under, doing, kind)
    const held = (parted?.before.length ?? 0) - left
    if (held <= under.maxHeldBytes) continue
    throw new BrokenLaw(
      `it held ${held} bytes when ${byteLength} had come and it asked for more (${under.maxHeldBytes} bytes may be held)`,
      seen,
    )
  }
}
