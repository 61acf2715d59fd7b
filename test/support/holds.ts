import fc from 'fast-check'

const number = (name: string): number | undefined => {
  const given = process.env[name]
  if (given === undefined) return undefined
  const value = Number(given)
  if (Number.isSafeInteger(value)) return value
  throw new Error(`Cannot use ${name}: found ${given}, wanted a whole number`)
}

const runs = number('SLUICE_RUNS')
const seed = number('SLUICE_SEED')

/** How many inputs a property is tried on: as many as `SLUICE_RUNS` says, else the usual number. */
export const runsFor = (usualRuns: number): number => runs ?? usualRuns

/** The seed of made-up inputs: the one in `SLUICE_SEED`, else the usual one. */
export const seedFor = (usualSeed: number): number => seed ?? usualSeed

/**
 * Tries a property on made-up inputs, `usualRuns` of them or as many as the environment variable `SLUICE_RUNS` says.
 *
 * A failure prints its seed; with that as `SLUICE_SEED` the same inputs come again.
 */
export const holds = <Ts>(property: fc.IRawProperty<Ts>, usualRuns: number): Promise<void> | void =>
  fc.assert(property, {
    numRuns: runsFor(usualRuns),
    includeErrorInReport: true,
    ...(seed === undefined ? {} : { seed }),
  })

/** Whether this run is a short one, in which rare things need not have come: the usual one is, for its inputs are chance. */
export const isShortRun: boolean = (runs ?? 0) < 10_000
