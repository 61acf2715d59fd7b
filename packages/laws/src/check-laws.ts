import { underTest } from './filter-under-test.ts'
import { lawsFor } from './frame-laws.ts'
import { reportOn } from './report-on.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { PlainFilter } from './filter-under-test.ts'
import type { LawOptions } from './options.ts'
import type { LawReport } from './report.ts'

/**
 * Checks the twelve frame laws on a filter, and its traits, and returns a report. As `laws`, but without failing.
 *
 * @throws {TypeError} By the promise, if an option names an unknown kind, or `showsCuts` is set without `decode`.
 * @throws {RangeError} By the promise, if a numeric option is invalid, or there are no inputs.
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
