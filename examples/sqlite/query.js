// Runs on a worker thread: SQLite is synchronous, and a large query takes long. Rows are sent as they are found.
import { flush } from '@sluice/flush'
import sqlite from 'node-sqlite3-wasm'

/** One connection for each thread. */
const db = new sqlite.Database()

// Tables of its own, so that the example runs anywhere: yours opens a file.
db.run('CREATE TABLE measured (day INTEGER, station TEXT, celsius REAL)')
db.run(`
  WITH RECURSIVE days(day) AS (SELECT 0 UNION ALL SELECT day + 1 FROM days WHERE day < 99999)
  INSERT INTO measured SELECT day, 'station ' || (day % 7), (day * 37 % 400) / 10.0 - 10 FROM days
`)

function* rows(statement, station) {
  try {
    let sent = 0
    for (const row of statement.iterate([station])) {
      yield `${JSON.stringify(row)}\n`
      sent++
      if (sent === 1) yield flush
    }
  } finally {
    statement.finalize()
  }
}

/** @type {import('@sluice/blocking').BlockingFunction<{ station: string }>} */
export const measuredAt = (_request, { station }) => ({
  headers: { 'content-type': 'application/jsonl; charset=utf-8' },
  body: rows(
    db.prepare('SELECT day, celsius FROM measured WHERE station = ? ORDER BY celsius, day'),
    station,
  ),
})
