import { checkLaws } from './check-laws.ts'
import { LawError } from './law-error.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { LawOptions } from './options.ts'

/**
 * Checks the twelve frame laws on a filter, and its traits, and fails if one is broken: for any filter, in any test runner.
 *
 * Makes up bodies and gives them in all ways: cut anywhere, with control frames anywhere, at once and later, by either protocol;
 * read to the end, left after every frame, failed after every frame, stalled. A filter that hangs fails by a time-out. The message
 * of the error has the law, the smallest body found, what left of it, and the seed.
 *
 * @param makeFilter Makes the filter; called for each body.
 * @param options.runs Bodies for each law, 100 by default.
 * @param options.timeoutMs Milliseconds for each body, 2,000 by default.
 * @throws {LawError} By the promise, if a law is broken; `report` has all broken laws.
 * @throws {TypeError} By the promise, if an option names an unknown kind, or `showsCuts` is set without `decode`.
 * @throws {RangeError} By the promise, if a numeric option is invalid, or there are no inputs.
 *
 * @example
 * ```ts
 * import { mapText } from '@sluice/filter'
 * import { laws } from '@sluice/laws'
 *
 * // Half a character cannot be mapped, so it is held over a flush.
 * await laws(() => mapText((text) => text.toUpperCase()), { maxHeldOverFlushBytes: 3, runs: 5 })
 * ```
 */
export const laws = async <I extends AnyFrame, O extends AnyFrame>(
  makeFilter: () => (body: Body<I>) => Body<O>,
  options: LawOptions = {},
): Promise<void> => {
  const report = await checkLaws(makeFilter, options)
  if (report.broken.length > 0) throw new LawError(report)
}
