import { BrokenLaw } from './broken-law.ts'
import { bytesAround } from './bytes-around.ts'
import { describeBytes } from './describe.ts'
import { equalBytes } from './equal-bytes.ts'
import { meaningOf } from './filter-under-test.ts'
import { observe } from './observe.ts'
import type { BytesAround } from './bytes-around.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { ControlKind } from './options.ts'
import type { Script } from './script.ts'

type Passing = Exclude<ControlKind, 'trailers'>

/** The most places that are tried in one body. */
const maxPlaces = 12

/**
 * Checks that everything derived from the data before a control frame leaves before it.
 *
 * The kit does not know what a filter derives. But if no more data comes, what still leaves after the frame, such as an end mark,
 * must not depend on the data before it. With `decode`, what left before the frame must decode to all that a body which ends there
 * decodes to.
 *
 * @throws {BrokenLaw} If bytes were held over the frame.
 */
export const releasesBefore = async (
  under: FilterUnderTest,
  script: Script,
  kind: Passing,
): Promise<void> => {
  if (under.refuses.has(kind) || under.drops.has(kind)) return
  if (under.maxHeldOverFlushBytes === Number.POSITIVE_INFINITY) return
  const parts: BytesAround[] = []
  for (const place of placesIn(script.bytes)) {
    const bytes = script.bytes.subarray(0, place)
    const plain = { ...script, bytes, marks: [], trailers: false }
    const parted = await bytesAround(under, plain, kind)
    if (parted === undefined) continue
    if (under.decode === undefined) parts.push(parted)
    else await isAllThere(under, parted, plain, kind)
  }
  comparesTails(under, parts, kind)
}

const placesIn = (bytes: Uint8Array): readonly number[] => {
  const step = Math.max(1, Math.ceil(bytes.length / maxPlaces))
  const places: number[] = []
  for (let place = bytes.length; place > 0; place -= step) places.push(place)
  return places
}

const isAllThere = async (
  under: FilterUnderTest,
  { seen, before }: BytesAround,
  plain: Script,
  kind: Passing,
): Promise<void> => {
  const whole = await observe(under, plain)
  if (whole.end.kind !== 'end') return
  const wanted = meaningOf(under, whole.bytes, whole)
  const found = meaningOf(under, before, seen)
  const missing = wanted.length - found.length
  const isPrefix = equalBytes(found, wanted.subarray(0, found.length))
  if (isPrefix && missing <= under.maxHeldOverFlushBytes) return
  throw new BrokenLaw(
    `${describeBytes(found)} can be read of what left before the ${kind} frame, and ${describeBytes(wanted)} ought to be`,
    seen,
  )
}

const comparesTails = (
  { maxHeldOverFlushBytes: allowed }: FilterUnderTest,
  parts: readonly BytesAround[],
  kind: Passing,
): void => {
  const [shortest] = parts.toSorted((a, b) => a.after.length - b.after.length)
  if (shortest === undefined) return
  for (const { seen, after } of parts) {
    const isMore = after.length - shortest.after.length > allowed
    if (!isMore && (allowed > 0 || equalBytes(after, shortest.after))) continue
    const other = describeBytes(shortest.after)
    throw new BrokenLaw(
      `${describeBytes(after)} left after the ${kind} frame, and ${other} after one with other data before it: bytes were held over it, and ${allowed} may be`,
      seen,
    )
  }
}
