import type { Behaviour } from '../behaviours/behaviour.ts'
import type { Host } from '../hosts.ts'

/** What became of a cell; `absent` if the protocol of the host has no such thing. */
export type Outcome =
  | { readonly kind: 'kept' | 'red' | 'absent' }
  | { readonly kind: 'lost'; readonly instead: string }

export type OutcomeOf = (host: Host, behaviour: Behaviour) => Outcome

interface Column {
  readonly title: string
  readonly hosts: readonly Host[]
  readonly cells: readonly Cell[]
}

interface Cell {
  /** `lost` if all hosts of the column lose the behaviour. */
  readonly word: '✓' | '✗' | '–' | 'lost'
  /** What happens instead, in those that lose it. */
  readonly losses: readonly string[]
}

const cellOf = (outcomes: readonly Outcome[]): Cell => {
  const kinds = outcomes.map(({ kind }) => kind)
  const losses = outcomes.flatMap((each) => (each.kind === 'lost' ? [each.instead] : []))
  if (kinds.includes('red')) return { word: '✗', losses: [] }
  if (kinds.every((kind) => kind === 'absent')) return { word: '–', losses: [] }
  return { word: kinds.includes('kept') ? '✓' : 'lost', losses: [...new Set(losses)].sort() }
}

const columnsOf = (
  hosts: readonly Host[],
  behaviours: readonly Behaviour[],
  outcomeOf: OutcomeOf,
): readonly Column[] =>
  [...new Set(hosts.map(({ column }) => column))].map((title) => {
    const inside = hosts.filter(({ column }) => column === title)
    const cells = behaviours.map((each) => cellOf(inside.map((host) => outcomeOf(host, each))))
    return { title, hosts: inside, cells }
  })

/** Joins columns whose cells are equal. */
const joinEqual = (columns: readonly Column[]): readonly Column[] => {
  const joined = new Map<string, Column>()
  for (const column of columns) {
    const key = JSON.stringify(column.cells)
    const known = joined.get(key)
    joined.set(
      key,
      known === undefined
        ? column
        : {
            ...column,
            title: `${known.title}, ${column.title}`,
            hosts: [...known.hosts, ...column.hosts],
          },
    )
  }
  return [...joined.values()]
}

/** A numbered line below the table: what happens instead, and where. */
interface Note {
  readonly behaviour: Behaviour
  readonly instead: string
}

const notesOf = (behaviours: readonly Behaviour[], columns: readonly Column[]): readonly Note[] =>
  behaviours.flatMap((behaviour, row) => {
    const losses = new Set(columns.flatMap(({ cells }) => cells[row]?.losses ?? []))
    return [...losses].map((instead) => ({ behaviour, instead }))
  })

/** Names the hosts of a note: by their column, if all in it have the loss. */
const hostsOf = (
  { behaviour, instead }: Note,
  columns: readonly Column[],
  outcomeOf: OutcomeOf,
): readonly string[] =>
  columns.flatMap(({ title, hosts }) => {
    const losing = hosts.filter((host) => {
      const outcome = outcomeOf(host, behaviour)
      return outcome.kind === 'lost' && outcome.instead === instead
    })
    return losing.length === hosts.length ? [title] : losing.map(({ name }) => name)
  })

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** The table of the root README, with a numbered line for each loss. Columns that are equal are joined. */
export const renderTable = (
  hosts: readonly Host[],
  behaviours: readonly Behaviour[],
  outcomeOf: OutcomeOf,
): string => {
  const single = columnsOf(hosts, behaviours, outcomeOf)
  const columns = joinEqual(single)
  const notes = notesOf(behaviours, columns)
  const numberOf = (behaviour: Behaviour, instead: string) =>
    notes.findIndex((note) => note.behaviour === behaviour && note.instead === instead) + 1
  const textOf = (behaviour: Behaviour, cell: Cell | undefined) =>
    [
      cell?.word ?? '',
      ...(cell?.losses ?? []).map((instead) => `(${numberOf(behaviour, instead)})`),
    ].join(' ')
  const rowOf = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const table = [
    rowOf(['', ...columns.map(({ title }) => title)]),
    rowOf(['---', ...columns.map(() => ':---:')]),
    ...behaviours.map((behaviour, row) =>
      rowOf([behaviour.name, ...columns.map(({ cells }) => textOf(behaviour, cells[row]))]),
    ),
  ]
  const lines = notes.map(
    (note, i) =>
      `${i + 1}. ${capitalized(note.instead)}: ${hostsOf(note, single, outcomeOf).join('; ')}.`,
  )
  return [...table, ...(lines.length > 0 ? ['', ...lines] : [])].join('\n')
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
