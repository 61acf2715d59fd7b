import { cpus } from 'node:os'
import type { Mark, Measured } from './row.ts'

const widths = [50, 28, 44] as const

const cell = (measured: Measured | undefined) =>
  measured === undefined ? '-' : `${measured.text} (${measured.verdict})`

const line = (parts: readonly string[]) =>
  parts.map((part, i) => part.padEnd(widths[i] ?? 0)).join(' | ')

/** The head of the table, with what it was measured on. */
export const tableHead = (): string =>
  [
    `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${cpus().length} cores of ${cpus()[0]?.model.trim() ?? 'unknown make'}; loopback, the client on the same cores`,
    line(['test', 'wanted', 'sluice', 'node:http']),
    line(widths.map((width) => '-'.repeat(width)).concat('-'.repeat(36))),
  ].join('\n')

export const tableLine = ({ title, wanted, sluice, node }: Mark): string =>
  line([title, wanted, cell(sluice), cell(node)])
