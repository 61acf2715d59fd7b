import { decodeText, encodeText } from '@sluice/body/engine'
import type { AppendOptions, LogPage, ReadLimits } from '../engine/engine.ts'

export const textOfRecord = (bytes: Uint8Array): string => decodeText(bytes)

export const recordsOf = (...texts: readonly string[]): Uint8Array[] => texts.map(encodeText)

/** Texts of a page, from old to new. */
export const textsOf = ({ records }: LogPage): string[] =>
  records.map(({ bytes }) => textOfRecord(bytes))

export const seqsOf = ({ records }: LogPage): number[] => records.map(({ seq }) => seq)

export const topic: string = 't:news'

/** A register whose place is that of the topic. */
export const lease: string = `r:lease:${topic}`

/** More than any test appends. */
export const keepAll: AppendOptions = {
  keep: { entries: 1_000_000, bytes: 2 ** 30, ms: 3_600_000 },
}

export const readAll: ReadLimits = { entries: 10_000, bytes: 2 ** 30 }

/** Whole numbers from one to another, both included. */
export const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)
