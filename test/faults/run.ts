// node build.mjs faults [ROW...]: fault and load tests of @sluice/server beside node:http. Without names, all rows.

import { rows } from './rows.ts'
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

const main = async (names: readonly string[]) => {
  const wanted = chosen(names)
  const labs = await openLabs()
  const results: Measured[] = []
  try {
    console.log(tableHead())
    for (const row of wanted) {
      for (const mark of await measure(row, labs)) {
        results.push(mark.sluice)
        console.log(tableLine(mark))
      }
    }
  } finally {
    labs.discard()
  }
  const count = (verdict: Measured['verdict']) =>
    results.filter((result) => result.verdict === verdict).length
  console.log(`${count('met')} passed, ${count('not met')} failed, ${count('skipped')} skipped`)
  return count('not met') === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
