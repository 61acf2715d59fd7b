import type { ExampleReport } from './example-report.ts'

/** All that an example holds, in all its processes. */
export interface Held {
  readonly reports: readonly ExampleReport[]
  /** Their command lines. */
  readonly processes: readonly string[]
  /** What open descriptors are of. */
  readonly descriptors: readonly string[]
  /** Temporary files. */
  readonly files: readonly string[]
}

type Counts = ReadonlyMap<string, number>

const countsOf = (names: readonly string[]): Counts => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}

/** What is there more often than before. */
const more = (before: readonly string[], after: readonly string[]): readonly string[] => {
  const had = countsOf(before)
  return [...countsOf(after)]
    .map(([name, count]) => ({ name, grown: count - (had.get(name) ?? 0) }))
    .filter(({ grown }) => grown > 0)
    .map(({ name, grown }) => `${grown} ${name}`)
}

const sum = ({ reports }: Held, count: (report: ExampleReport) => number): number =>
  reports.reduce((all, report) => all + count(report), 0)

const handlesOf = ({ reports }: Held): readonly string[] =>
  reports.flatMap(({ handles }) =>
    Object.entries(handles).flatMap(([kind, count]) => Array.from({ length: count }, () => kind)),
  )

const counted = {
  listeners: 'listeners of the process',
  unhandled: 'rejections that nobody handled',
  warnings: 'warnings',
  connections: 'connections to a database',
  cursors: 'cursors',
  transactions: 'transactions',
} as const

/** What an example holds more of than before, each in words. */
export const differences = (before: Held, after: Held): readonly string[] => {
  const numbers = Object.entries(counted).map(([key, words]) => {
    const count = (report: ExampleReport) => numberOf(report, key)
    return { words, grown: sum(after, count) - sum(before, count) }
  })
  const files = more(before.files, after.files).length
  return [
    ...more(handlesOf(before), handlesOf(after)).map((each) => `${each} as a handle`),
    ...more(before.processes, after.processes).map((each) => `${each} as a process`),
    ...more(before.descriptors, after.descriptors).map((each) => `${each} open`),
    ...(files > 0 ? [`${files} temporary files`] : []),
    ...numbers.filter(({ grown }) => grown > 0).map(({ words, grown }) => `${grown} ${words}`),
  ]
}

/** What no client has open in a database any more, and is open. */
export const openIn = (held: Held): readonly string[] =>
  (['cursors', 'transactions'] as const)
    .map((name) => ({ name, count: sum(held, (report) => report[name]) }))
    .filter(({ count }) => count > 0)
    .map(({ name, count }) => `${count} ${name} open`)

const numberOf = (report: ExampleReport, key: string): number => Number(Reflect.get(report, key))

const bytesOf = (held: Held): number => sum(held, ({ heapUsed, external }) => heapUsed + external)

/** MiB by which its memory has grown, buffers included. */
export const megabytesGrown = (before: Held, after: Held): number =>
  (bytesOf(after) - bytesOf(before)) / 1_048_576
