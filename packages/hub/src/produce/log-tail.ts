import { placedRecord } from '../topic/records.ts'
import { epochOf } from '../topic/resume.ts'
import type { LogPage } from '../engine/engine.ts'
import type { End, Entry } from '../topic/items.ts'
import type { Placed } from '../topic/records.ts'

export type ReadLog = (after: number) => Promise<LogPage>

/** Larger than every sequence number: reads the state alone. */
export const afterAll: number = Number.MAX_SAFE_INTEGER

/** The records of a page. Those that no hub has written are left out. */
export const placedOf = ({ state, records }: LogPage): Placed[] =>
  records.flatMap((record) => {
    try {
      return [placedRecord(record, epochOf(state, record.seq))]
    } catch {
      // The reader of the log reports it.
      return []
    }
  })

/** The newest entry at or before a sequence number. Looks back in growing steps over records that are not entries. */
export const newestEntry = async (read: ReadLog, upTo: number): Promise<Entry | undefined> => {
  let step = 1
  for (let to = upTo; to > 0; step *= 8) {
    const from = Math.max(0, to - step)
    const entry = await lastEntryIn(read, from, to)
    if (entry === 'trimmed') return undefined
    if (entry !== undefined) return entry
    to = from
  }
  return undefined
}

/** The last entry behind `from`, up to `to`. */
const lastEntryIn = async (
  read: ReadLog,
  from: number,
  to: number,
): Promise<Entry | 'trimmed' | undefined> => {
  let found: Entry | undefined
  for (let after = from; after < to; ) {
    const page = await read(after)
    for (const { seq, item } of placedOf(page))
      if (seq <= to && item?.kind === 'entry') found = item
    const last = page.records.at(-1)?.seq
    if (found === undefined && page.state.first > to) return 'trimmed'
    if (last === undefined) return found
    after = last
  }
  return found
}

/** How a log has ended; `undefined` if it has not. */
export const endOf = async (read: ReadLog): Promise<End['how'] | undefined> => {
  const { state } = await read(afterAll)
  if (!state.ended) return undefined
  const page = await read(state.last - 1)
  const item = placedOf(page).at(-1)?.item
  return item?.kind === 'end' ? item.how : 'stopped'
}
