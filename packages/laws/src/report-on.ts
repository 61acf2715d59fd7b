import { tryLaw } from './try-law.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Law } from './law.ts'
import type { LawFailure, LawReport } from './report.ts'

/** Checks laws one after another: at the same time they would disturb each other's timing. */
export const reportOn = async (
  under: FilterUnderTest,
  laws: readonly Law[],
): Promise<LawReport> => {
  const kept: number[] = []
  const broken: LawFailure[] = []
  for (const law of laws) {
    const failure = await tryLaw(law, under)
    if (failure === undefined) kept.push(law.number)
    else broken.push(failure)
  }
  return { filter: under.name, seed: under.seed, kept, broken }
}
