import { decodeText, encodeText } from '@sluice/body/engine'
import type {
  AppendOptions,
  AppendOutcome,
  LogEpoch,
  LogPage,
  LogRecord,
  ReadLimits,
  RegisterChange,
} from '../engine/engine.ts'
import type { SqlRow } from './clients.ts'

/** A topic, and the sequence number after which it is read. */
export interface Asked {
  readonly topic: string
  readonly after: number
}

/** Runs one statement. */
export type Query = (text: string, values: unknown[]) => Promise<readonly SqlRow[]>

/** The calls of the functions of `schema.ts`. All numbers of 64 bits are text: clients parse them in different ways. */
export class Functions {
  readonly #schema: string

  constructor(schema: string) {
    this.#schema = schema
  }

  async append(
    query: Query,
    topic: string,
    records: readonly Uint8Array[],
    { keep, ends = false, ifHeld }: AppendOptions,
  ): Promise<AppendOutcome> {
    const [row = {}] = await query(
      `select * from "${this.#schema}".sluice_append_1($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        topic,
        joined(records),
        records.map(({ length }) => length),
        whole(keep.entries),
        whole(keep.bytes),
        Math.min(keep.ms, longestMs),
        ends,
        ifHeld?.key ?? null,
        encoded(ifHeld?.value),
      ],
    )
    const { kind, epoch, seq } = row
    if (kind === 'ended' || kind === 'not held') return { kind }
    return { kind: 'appended', epoch: String(epoch), seq: Number(seq) }
  }

  /** The pages of topics, by their names. Topics that are not there are left out. */
  async read(
    query: Query,
    asked: readonly Asked[],
    { entries, bytes }: ReadLimits,
  ): Promise<Map<string, LogPage>> {
    const topics = asked.map(({ topic, after }) => ({ name: topic, after: whole(after) }))
    const rows = await query(`select * from "${this.#schema}".sluice_read_1($1, $2, $3)`, [
      JSON.stringify(topics),
      whole(entries),
      whole(bytes),
    ])
    return pagesOf(rows)
  }

  async swap(
    query: Query,
    key: string,
    { expected, next, ttlMs = 0 }: RegisterChange,
  ): Promise<string | undefined> {
    const [row = {}] = await query(
      `select "${this.#schema}".sluice_swap_1($1, $2, $3, $4) as value`,
      [key, encoded(expected), encoded(next), Math.min(ttlMs, longestMs)],
    )
    return row.value === null ? undefined : decodeText(bytesOf(row.value))
  }

  async remove(query: Query, topic: string): Promise<void> {
    await query(`select "${this.#schema}".sluice_remove_1($1)`, [topic])
  }

  async sweep(query: Query): Promise<void> {
    await query(`select "${this.#schema}".sluice_sweep_1()`, [])
  }

  /** Whether the role finds all tables, and all functions of this version. */
  async areThere(query: Query): Promise<boolean> {
    const [row = {}] = await query(
      `select
        (select bool_and(to_regclass('"${this.#schema}".sluice_' || name) is not null) from ${rowsOf(tables)})
        and (select bool_and(to_regproc('"${this.#schema}".sluice_' || name) is not null) from ${rowsOf(functions)})
        as found`,
      [],
    )
    return row.found === true
  }
}

const tables = ['logs', 'records', 'registers']
const functions = ['history', 'renew', 'append', 'delete', 'remove', 'read', 'swap', 'sweep'].map(
  (name) => `${name}_1`,
)

const rowsOf = (names: readonly string[]): string =>
  `unnest(array[${names.map((name) => `'${name}'`)}]) as name`

export const emptyPage: LogPage = {
  state: { epochs: [], first: 1, last: 0, ended: false },
  records: [],
}

/** A hundred years. */
const longestMs = 3_155_760_000_000

const encoded = (text: string | undefined): Uint8Array | null =>
  text === undefined ? null : encodeText(text)

/** Limits may be infinite. */
const whole = (count: number): number => Math.min(count, Number.MAX_SAFE_INTEGER)

/** One parameter of bytes is sent as it is, and an array of them as hexadecimal text. */
const joined = (records: readonly Uint8Array[]): Uint8Array => {
  const [only] = records
  if (only !== undefined && records.length === 1) return only
  const all = new Uint8Array(records.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const record of records) {
    all.set(record, at)
    at += record.length
  }
  return all
}

interface OpenPage extends LogPage {
  readonly records: LogRecord[]
}

const pagesOf = (rows: readonly SqlRow[]): Map<string, LogPage> => {
  const pages = new Map<string, OpenPage>()
  for (const row of rows) {
    const name = String(row.name)
    const page = pages.get(name) ?? newPage(row)
    pages.set(name, page)
    if (row.bytes !== null) page.records.push({ seq: Number(row.seq), bytes: bytesOf(row.bytes) })
  }
  return pages
}

const newPage = ({ epochs, first, last, ended }: SqlRow): OpenPage => {
  const parsed: LogEpoch[] = JSON.parse(String(epochs))
  return {
    state: { epochs: parsed, first: Number(first), last: Number(last), ended: ended === true },
    records: [],
  }
}

const bytesOf = (value: unknown): Uint8Array => {
  if (ArrayBuffer.isView(value))
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  throw new TypeError(
    `Cannot read records: found ${typeof value} for bytea, wanted a client that gives bytes`,
  )
}
