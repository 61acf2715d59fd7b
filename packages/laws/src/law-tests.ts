import { underTest } from './filter-under-test.ts'
import { lawsFor } from './frame-laws.ts'
import { LawError } from './law-error.ts'
import { reportOn } from './report-on.ts'
import type { AnyFrame, Body } from '@sluice/body'
import type { PlainFilter } from './filter-under-test.ts'
import type { LawOptions } from './options.ts'

/** One law as a test of any runner. */
export interface LawTest {
  /** The number of the law, 1 to 12; 13 for the traits. */
  readonly law: number
  /** The law in a sentence, for the name of a test. */
  readonly name: string
  /** @throws {LawError} By the promise, if the filter breaks the law. */
  run(): Promise<void>
}

/**
 * Returns the twelve frame laws as tests for any test runner, and one more test for a filter with traits.
 *
 * @param makeFilter Makes the filter; called for each body.
 * @throws {TypeError} At the call, if an option names an unknown kind, or `showsCuts` is set without `decode`.
 * @throws {RangeError} At the call, if a numeric option is invalid, or there are no inputs.
 *
 * @example
 * ```ts
 * import { test } from 'node:test'
 * import { dropFlush } from '@sluice/filter'
 * import { lawTests } from '@sluice/laws'
 *
 * for (const { name, run } of lawTests(() => dropFlush, { drops: ['flush'] })) test(name, run)
 * ```
 */
export function lawTests<I extends AnyFrame, O extends AnyFrame>(
  makeFilter: () => (body: Body<I>) => Body<O>,
  options?: LawOptions,
): readonly LawTest[]
export function lawTests(
  makeFilter: () => PlainFilter,
  options: LawOptions = {},
): readonly LawTest[] {
  const under = underTest(makeFilter, options)
  return lawsFor(under).map((law) => ({
    law: law.number,
    name: `law ${law.number}, ${law.title}: ${law.says}`,
    async run() {
      const report = await reportOn(under, [law])
      if (report.broken.length > 0) throw new LawError(report)
    },
  }))
}
