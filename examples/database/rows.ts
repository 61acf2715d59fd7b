import type { Row } from './store.ts'
import type { Turns } from './turns.ts'

/** Rows of one FETCH. */
const batchRows = 100

let cursors = 0

/**
 * The rows of a SELECT, in batches: at least one, which may be empty. Each is a turn of its own, and is fetched when it is asked
 * for.
 *
 * WITH HOLD: the cursor outlives its transaction, so others use the connection between two batches.
 */
export async function* fetchRows(
  turns: Turns,
  select: string,
  values: readonly unknown[],
  signal: AbortSignal,
): AsyncGenerator<readonly Row[]> {
  turns.enter()
  const name = `rows_${++cursors}`
  const fetch = `fetch ${batchRows} from ${name}`
  let isOpen = false
  try {
    let rows = await turns.run(async (connection) => {
      await connection.query(`declare ${name} cursor with hold for ${select}`, values)
      isOpen = true
      return connection.query(fetch)
    }, signal)
    yield rows
    while (rows.length === batchRows) {
      rows = await turns.run((connection) => connection.query(fetch), signal)
      yield rows
    }
  } finally {
    // If the connection is lost, the cursor is too.
    if (isOpen) await turns.run((connection) => connection.query(`close ${name}`)).catch(() => {})
    turns.leave()
  }
}
