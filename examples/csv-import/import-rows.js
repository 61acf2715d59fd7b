// Runs on a worker thread: it may block. Reads CSV line by line, and answers while it arrives.
import { flush } from '@sluice/flush'

/** Enough for tables without quoted commas; for others take a CSV library that is synchronous, such as `csv-parse/sync`. */
const cells = (line) => line.split(',')

function* report(input, { amount }) {
  let rows = 0
  let sum = 0
  for (const line of input.lines()) {
    rows++
    const value = Number(cells(line)[amount])
    if (Number.isNaN(value)) yield `row ${rows}: ${line} has no amount\n`
    else sum += value
    if (rows % 100_000 !== 0) continue
    yield `${rows} rows so far\n`
    yield flush
  }
  yield `${rows} rows, sum ${sum}\n`
}

/** @type {import('@sluice/blocking').BlockingFunction<{ amount: number }>} */
export const importRows = ({ input }, columns) => ({
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: report(input, columns),
})
