import { hasKind } from '@sluice/body/engine'
import { afterAll, placedOf } from './log-tail.ts'
import type { LogEpoch } from '../engine/engine.ts'
import type { ReadLog } from './log-tail.ts'

export interface LogSearch {
  readonly read: ReadLog
  /** The process that produces. */
  readonly process: string
  /** Records that were appended at once, or not at all. */
  readonly records: readonly Uint8Array[]
  /** The newest record before them. */
  readonly behind: { readonly epoch: string; readonly seq: number }
}

export type LogFinding =
  /** `seq` is that of the last record. */
  | { readonly kind: 'appended'; readonly epoch: string; readonly seq: number }
  | { readonly kind: 'missing' }
  /** Another process has produced since, or may have: what is behind the newest record is not kept any more. */
  | { readonly kind: 'lost' }

/** Searches a log for records of an append that was not answered. They may have been trimmed already, except the last. */
export const searchLog = async (search: LogSearch): Promise<LogFinding> => {
  const { read, process, records, behind } = search
  const { epochs } = (await read(afterAll)).state
  const from = searchedFrom(epochs, behind)
  const recent: Uint8Array[] = []
  let isTrimmed = false
  let found: LogFinding | undefined
  for (let after = from; ; ) {
    const page = await read(after)
    if (page.state.first > after + 1) {
      isTrimmed = true
      recent.length = 0
    }
    for (const { control } of placedOf(page)) if (isOther(control, process)) return { kind: 'lost' }
    for (const { seq, bytes } of page.records) {
      recent.push(bytes)
      if (recent.length > records.length) recent.shift()
      const hasRoom = isTrimmed ? seq - from >= records.length : recent.length === records.length
      if (hasRoom && isEndOf(records, recent))
        found ??= { kind: 'appended', epoch: epochs.at(-1)?.id ?? '', seq }
    }
    const last = page.records.at(-1)
    // Only now it is known that no other process has produced behind them.
    if (last === undefined) return found ?? { kind: isTrimmed ? 'lost' : 'missing' }
    after = last.seq
  }
}

/** After a fail-over the log may be shorter than it was: newer epochs may begin before the newest record. */
const searchedFrom = (epochs: readonly LogEpoch[], { epoch, seq }: LogSearch['behind']): number => {
  const next = epochs[epochs.findIndex(({ id }) => id === epoch) + 1]
  return next === undefined ? seq : Math.min(seq, next.from - 1)
}

const isEndOf = (records: readonly Uint8Array[], recent: readonly Uint8Array[]): boolean =>
  recent.every((bytes, index) => isSame(bytes, records[records.length - recent.length + index]))

const isSame = (one: Uint8Array, other: Uint8Array | undefined): boolean =>
  one.length === other?.length && one.every((byte, index) => byte === other[index])

const isOther = (control: unknown, process: string): boolean =>
  isProducing(control) && control.process !== process

/** What the process that produces appends when it begins. */
export interface Producing {
  readonly kind: 'producing'
  readonly process: string
}

export const isProducing = (control: unknown): control is Producing =>
  hasKind(control) &&
  control.kind === 'producing' &&
  'process' in control &&
  typeof control.process === 'string'
