// What a pane is, and the groups that cards are in.

/** What people come for. The page has a group of cards for each. */
export const needs = {
  stream: {
    title: 'Pages that stream',
    line: 'The beginning is on the screen before the rest is known.',
  },
  push: {
    title: 'Events and push',
    line: 'What happens on the server appears in the browser.',
  },
  input: {
    title: 'Input and files',
    line: 'What the browser sends is read as it arrives.',
  },
  blocking: {
    title: 'Blocking code and processes',
    line: 'Code that blocks, beside requests that must not wait for it.',
  },
  across: {
    title: 'Across processes',
    line: 'Readers and writers are in different processes, or on different machines.',
  },
  hosts: {
    title: 'In your framework',
    line: 'The handler stays the same.',
  },
} as const

export type Need = keyof typeof needs

/** A request of a pane. What arrives is written down with its time. */
export interface Call {
  readonly button: string
  /** GET by default. */
  readonly method?: 'GET' | 'POST' | 'PUT'
  /** Behind the path of the example. `{id}` is what `finds` has found, `{typed}` what has been typed. */
  readonly path?: string
  /** What `{id}` is: the first group of the last match in what has arrived. The button waits for it. */
  readonly finds?: RegExp
  readonly headers?: Readonly<Record<string, string>>
  /** A field to type into. What is in it is the body, unless the path takes it. */
  readonly typed?: { readonly label: string; readonly value: string; readonly rows?: number }
  /** A body that the browser makes: a first line, then lines in which `{n}` counts from 1. */
  readonly lines?: { readonly first?: string; readonly line: string; readonly count: number }
}

export interface Pane {
  readonly need: Need
  /** What somebody wants who looks for it, in a few words. */
  readonly want: string
  /** A file of the example's folder, and the names of what it declares. */
  readonly source: { readonly file: string; readonly names: readonly string[] }
  /** What is to be seen, as a sentence. */
  readonly see: string
  /** The example's own page by its path, which is `''` for the path of the example; or requests. */
  readonly live: string | readonly Call[]
  /** How many connections it holds while it runs: 1 by default. */
  readonly holds?: number
}
