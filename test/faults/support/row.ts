import type { Attack, Attacker } from './attack.ts'
import type { Options } from './report.ts'
import type { ServerProcess } from './server-process.ts'

/** The servers; `costly` is ours too. */
export type Which = 'sluice' | 'node' | 'costly'

/** What was seen of one server for one mark. */
export interface Measured {
  readonly text: string
  readonly verdict: 'met' | 'not met' | 'skipped'
}

export interface Mark {
  readonly title: string
  readonly wanted: string
  readonly sluice: Measured
  /** Absent where only ours is looked at. */
  readonly node?: Measured
}

/** What a row has at hand: whatever it starts is ended after it. */
export interface Lab {
  start(which: Which, options?: Options, execArgv?: readonly string[]): Promise<ServerProcess>
  /** Begins an attack from a process of its own. */
  attack(attack: Attack): Promise<Attacker>
}

/** A test of the table: it has a mark or a few. */
export interface Row {
  readonly name: string
  run(lab: Lab): Promise<readonly Mark[]>
}

export const met = (verdict: boolean, text: string): Measured => ({
  text,
  verdict: verdict ? 'met' : 'not met',
})

export const skipped = (text: string): Measured => ({ text, verdict: 'skipped' })

/** Title and wanted value of a mark. */
type Wanted = readonly [title: string, wanted: string]

export interface BesideNode {
  readonly name: string
  readonly marks: readonly Wanted[]
  readonly options?: Options
  /** Gives what was seen for each mark, in order. */
  measure(server: ServerProcess, lab: Lab): Promise<readonly Measured[]>
}

/** A row that does the same to one server after the other, each a fresh process. */
export const besideNode = ({ name, marks, options, measure }: BesideNode): Row => ({
  name,
  async run(lab) {
    const node = await measure(await lab.start('node', options), lab)
    const sluice = await measure(await lab.start('sluice', options), lab)
    return marks.map(([title, wanted], i) => ({
      title,
      wanted,
      sluice: sluice[i] ?? missing,
      node: node[i] ?? missing,
    }))
  },
})

const missing: Measured = { text: 'not measured', verdict: 'not met' }
