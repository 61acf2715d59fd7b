import fc from 'fast-check'
import { BrokenLaw } from './broken-law.ts'
import { describeError } from './describe.ts'
import { scriptsAtLast, scriptsFor } from './scripts.ts'
import type { FilterUnderTest } from './filter-under-test.ts'
import type { Law } from './law.ts'
import type { LawFailure } from './report.ts'
import type { Script } from './script.ts'

/** Milliseconds for finding a smaller body; each try may take the time-out of the filter. */
const shrinkMs = 1000

/** Checks a law on random bodies. Returns the smallest failure found, if there is any. */
export const tryLaw = async (law: Law, under: FilterUnderTest): Promise<LawFailure | undefined> => {
  const failure = (error: unknown) => failureOf(law, under, error)
  const madeUp = await tryMadeUp(law, under)
  if (madeUp !== undefined) return failure(madeUp.error)
  for (const script of scriptsAtLast(under, law.kinds)) {
    const error = await errorOf(law, under, script)
    if (error !== undefined) return failure(error)
  }
  try {
    await law.atLast?.(under)
    return undefined
  } catch (error) {
    return failure(error)
  }
}

const tryMadeUp = async (
  law: Law,
  under: FilterUnderTest,
): Promise<{ readonly error: unknown } | undefined> => {
  let stopAt = Number.POSITIVE_INFINITY
  const property = fc.asyncProperty(scriptsFor(under, law.kinds), async (script: Script) => {
    if (performance.now() > stopAt) return
    const error = await errorOf(law, under, script)
    if (error === undefined) return
    stopAt = Math.min(stopAt, performance.now() + shrinkMs)
    throw error
  })
  const details = await fc.check(property, { seed: under.seed, numRuns: under.runs })
  return details.failed ? { error: details.errorInstance } : undefined
}

const errorOf = async (law: Law, under: FilterUnderTest, script: Script): Promise<unknown> => {
  try {
    await law.check(under, script)
    return undefined
  } catch (error) {
    return error ?? new TypeError(`the filter threw ${error}`)
  }
}

const failureOf = (
  { number, title, says }: Law,
  under: FilterUnderTest,
  error: unknown,
): LawFailure => {
  const isBroken = error instanceof BrokenLaw // error handling
  return {
    law: number,
    title,
    says,
    found: isBroken ? error.message : describeError(error),
    given: isBroken ? error.given : '',
    left: isBroken ? error.left : '',
    seed: under.seed,
  }
}
