import { underTest } from './filter-under-test.ts'
import { lawsFor } from './frame-laws.ts'
import { reportOn } from './report-on.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { PlainFilter } from './filter-under-test.ts'
import type { LawOptions } from './options.ts'
import type { LawReport } from './report.ts'

/**
 * Tries the twelve frame laws on a filter, and whether its traits are true, and gives a report: as `laws`, but without failing.
 *
 * @throws {TypeError} By the promise, when an option names no kind, or `showsCuts` stands without `decode`.
 * @throws {RangeError} By the promise, when an option is no number of its kind, or there are no inputs.
 *
 * @example
 * ```ts
 * import { mapBytes } from '@sluice/filter'
 * import { checkLaws } from '@sluice/laws'
 *
 * const { broken } = await checkLaws(() => mapBytes((bytes) => bytes.toReversed()), { runs: 5 })
 * if (!broken.some(({ law }) => law === 7)) throw new Error('cuts should matter')
 * ```
 */
export function checkLaws<I extends AnyFrame, O extends AnyFrame>(
  makeFilter: () => (body: Body<I>) => Body<O>,
  options?: LawOptions,
): Promise<LawReport>
export async function checkLaws(
  makeFilter: () => PlainFilter,
  options: LawOptions = {},
): Promise<LawReport> {
  const under = underTest(makeFilter, options)
  return reportOn(under, lawsFor(under))
}
