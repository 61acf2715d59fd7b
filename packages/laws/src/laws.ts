import { checkLaws } from './check-laws.ts'
import { LawError } from './law-error.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { LawOptions } from './options.ts'

/**
 * Tries the twelve frame laws on a filter, and whether its traits are true, and fails if one is broken: for any filter, in any test runner.
 *
 * Bodies are made up and given in all ways: cut anywhere, with control frames anywhere, at once and later, by either
 * protocol; read to the end, left after every frame, failed after every frame, stalled. Takes a time-out a body, so that what
 * hangs fails. The message of the error names the law, the smallest body found, what left of it, and the seed.
 *
 * @param makeFilter Makes the filter; called anew for each body.
 * @param options.runs Bodies a law, 100 by default.
 * @param options.timeoutMs Milliseconds a body, 2,000 by default.
 * @throws {LawError} By the promise, when a law is broken; `report` has each.
 * @throws {TypeError} By the promise, when an option names no kind, or `showsCuts` stands without `decode`.
 * @throws {RangeError} By the promise, when an option is no number of its kind, or there are no inputs.
 *
 * @example
 * ```ts
 * import { mapText } from '@sluice/filter'
 * import { laws } from '@sluice/laws'
 *
 * // Half a character cannot be mapped, whatever is flushed.
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
