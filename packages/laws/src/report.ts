/** How a filter broke a law. */
export interface LawFailure {
  /** The number of the law, 1 to 12; 13 for the traits. */
  readonly law: number
  readonly title: string
  /** What the law says. */
  readonly says: string
  /** What was found instead. */
  readonly found: string
  /** The smallest body found that breaks the law: its frames, and how they were given and read. */
  readonly given: string
  /** The frames that left. */
  readonly left: string
  /** The seed that repeats the run. */
  readonly seed: number
}

export interface LawReport {
  /** The filter's name. */
  readonly filter: string
  readonly seed: number
  /** The numbers of the laws that the filter keeps. */
  readonly kept: readonly number[]
  readonly broken: readonly LawFailure[]
}

/** A report as text: for each broken law the smallest body and what left. */
export const reportText = ({ filter, seed, kept, broken }: LawReport): string => {
  const all = kept.length + broken.length
  if (broken.length === 0) return `${filter} keeps ${all} of ${all} frame laws (seed ${seed})`
  return [
    `${filter} breaks ${broken.length} of ${all} frame laws`,
    ...broken.map(failureText),
  ].join('\n\n')
}

const failureText = ({ law, title, says, found, given, left, seed }: LawFailure): string =>
  [
    `Law ${law}, ${title}: ${says}.`,
    `  found: ${found}`,
    ...(given === '' ? [] : [`  given: ${given}`, `  left:  ${left}`]),
    `  again: { seed: ${seed} }`,
  ].join('\n')
