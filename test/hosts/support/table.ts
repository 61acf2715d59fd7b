import type { Behaviour } from '../behaviours/behaviour.ts'
import type { Host } from '../hosts.ts'

/** What became of a cell; `absent` if the protocol of the host has no such thing. */
export type Outcome =
  | { readonly kind: 'kept' | 'red' | 'absent' }
  | { readonly kind: 'lost'; readonly instead: string }

/** A column of the table: hosts that stand together, with their outcomes by the name of the behaviour. */
interface Column {
  readonly title: string
  readonly hosts: readonly Host[]
}

export type OutcomeOf = (host: Host, behaviour: Behaviour) => Outcome

const columnsOf = (hosts: readonly Host[]): readonly Column[] =>
  [...new Set(hosts.map(({ column }) => column))].map((title) => ({
    title,
    hosts: hosts.filter(({ column }) => column === title),
  }))

/** Numbers each loss once, in the order of the table. */
class Notes {
  readonly #texts: string[] = []

  numberOf(text: string): number {
    const known = this.#texts.indexOf(text)
    return known < 0 ? this.#texts.push(text) : known + 1
  }

  get lines(): readonly string[] {
    return this.#texts.map((text, i) => `${i + 1}. ${text}`)
  }
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** The notes of a cell: a line for each loss, with the hosts that have it if the others of the column keep the behaviour. */
const lossesIn = ({ hosts }: Column, behaviour: Behaviour, outcomeOf: OutcomeOf) => {
  const byText = new Map<string, string[]>()
  for (const host of hosts) {
    const outcome = outcomeOf(host, behaviour)
    if (outcome.kind !== 'lost') continue
    const names = byText.get(outcome.instead) ?? []
    byText.set(outcome.instead, [...names, host.name])
  }
  return [...byText].map(([text, names]) =>
    names.length === hosts.length ? capitalized(text) : `${names.join(', ')}: ${text}`,
  )
}

const cellText = (column: Column, behaviour: Behaviour, outcomeOf: OutcomeOf, notes: Notes) => {
  const kinds = column.hosts.map((host) => outcomeOf(host, behaviour).kind)
  if (kinds.includes('red')) return '✗'
  if (kinds.every((kind) => kind === 'absent')) return '–'
  const numbers = lossesIn(column, behaviour, outcomeOf).map((text) => notes.numberOf(text))
  if (numbers.length === 0) return '✓'
  const word = kinds.includes('kept') ? '✓' : 'lost'
  return `${word} ${numbers.map((number) => `(${number})`).join(' ')}`
}

/** The table of the root README, with a numbered line for each loss. */
export const renderTable = (
  hosts: readonly Host[],
  behaviours: readonly Behaviour[],
  outcomeOf: OutcomeOf,
): string => {
  const columns = columnsOf(hosts)
  const notes = new Notes()
  const rowOf = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const lines = [
    rowOf(['', ...columns.map(({ title }) => title)]),
    rowOf(['---', ...columns.map(() => ':---:')]),
    ...behaviours.map((behaviour) => {
      const cells = columns.map((column) => cellText(column, behaviour, outcomeOf, notes))
      return rowOf([behaviour.name, ...cells])
    }),
  ]
  return [...lines, ...(notes.lines.length > 0 ? ['', ...notes.lines] : [])].join('\n')
}

const begin = '<!-- The table of hosts, written by `node build.mjs test hosts --write` -->'
const end = '<!-- The end of the table of hosts -->'

/** The table that stands in a page; `undefined` if it has none. */
export const tableIn = (page: string): string | undefined => {
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  return from < 0 || to < from ? undefined : page.slice(from + begin.length, to).trim()
}

/** The page with another table. */
export const withTable = (page: string, table: string): string => {
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error('Cannot write the table: found no place for it')
  return `${page.slice(0, from + begin.length)}\n\n${table}\n\n${page.slice(to)}`
}
