// node build.mjs faults [ROW...]: fault and load tests of @sluice/server beside node:http. Without names, all rows.

import { rows, twenty } from './rows.ts'
import { openLabs } from './support/lab.ts'
import { tableHead, tableLine } from './support/table.ts'
import type { Labs } from './support/lab.ts'
import type { Mark, Measured, Row } from './support/row.ts'

/** A machine that others use too makes times noisy: a row whose marks are not met is measured again, and says so. */
const attempts = 3

const failing = (marks: readonly Mark[]) => marks.some((mark) => mark.sluice.verdict === 'not met')

const failed = (row: Row, error: unknown): readonly Mark[] => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return [{ title: row.name, wanted: 'to be measured', sluice: { text, verdict: 'not met' } }]
}

const again = (marks: readonly Mark[], attempt: number): readonly Mark[] =>
  attempt === 1
    ? marks
    : marks.map((mark) => ({
        ...mark,
        sluice: { ...mark.sluice, text: `${mark.sluice.text}, run ${attempt}` },
      }))

const measure = async (row: Row, labs: Labs): Promise<readonly Mark[]> => {
  for (let attempt = 1; ; attempt++) {
    const marks = await labs.run((lab) => row.run(lab)).catch((error) => failed(row, error))
    if (!failing(marks) || attempt === attempts) return again(marks, attempt)
    for (const mark of marks) console.log(`${tableLine(mark)}; again`)
  }
}

/** `clients` names all rows that begin with `clients-`. */
const isNamed = (row: Row, name: string) => row.name === name || row.name.startsWith(`${name}-`)

const chosen = (names: readonly string[]): readonly Row[] => {
  const unknown = names.filter((name) => !rows.some((row) => isNamed(row, name)))
  if (unknown.length > 0) {
    const known = rows.map((row) => row.name).join(', ')
    throw new Error(`Cannot run ${unknown.join(', ')}: wanted some of ${known}`)
  }
  return names.length === 0 ? rows : rows.filter((row) => names.some((name) => isNamed(row, name)))
}

const count = (measured: readonly (Measured | undefined)[], verdict: Measured['verdict']) =>
  measured.filter((each) => each?.verdict === verdict).length

const sumOf = (marks: readonly Mark[], title: string) => {
  const ours = count(
    marks.map((mark) => mark.sluice),
    'met',
  )
  const nodes = count(
    marks.map((mark) => mark.node),
    'met',
  )
  return `${title}: ${ours} of ${marks.length} met by sluice, ${nodes} by node:http`
}

const runAll = async (wanted: readonly Row[], labs: Labs) => {
  const all: Mark[] = []
  for (const [i, row] of wanted.entries()) {
    for (const mark of await measure(row, labs)) {
      all.push(mark)
      console.log(tableLine(mark))
    }
    if (i === twenty.length - 1 && wanted === rows) console.log(`\n${sumOf(all, 'the table')}\n`)
  }
  return all.map((mark) => mark.sluice)
}

const main = async (names: readonly string[]) => {
  const wanted = chosen(names)
  const labs = await openLabs()
  console.log(tableHead())
  const results = await runAll(wanted, labs).finally(() => labs.discard())
  const failures = count(results, 'not met')
  console.log(
    `${count(results, 'met')} passed, ${failures} failed, ${count(results, 'skipped')} skipped`,
  )
  return failures === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
