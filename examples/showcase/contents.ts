// The list of all examples, by what people come for.
import { examples } from './examples.ts'
import { needs } from './pane.ts'
import { panes } from './panes.ts'
import { escapeHtml } from './source.ts'
import { addressOf } from './source-files.ts'
import type { Example } from './examples.ts'

for (const { about } of examples)
  if (panes[about.path] === undefined)
    throw new Error(`Cannot show ${about.path}: panes.ts has no pane for it`)

export interface Group {
  readonly need: string
  readonly title: string
  readonly line: string
  readonly examples: readonly Example[]
}

/** The examples of each need, in the order of the page. */
export const groups: readonly Group[] = Object.entries(needs).map(([need, { title, line }]) => ({
  need,
  title,
  line,
  examples: examples.filter(({ about }) => panes[about.path]?.need === need),
}))

const entry = (href: string, name: string, want: string): string =>
  `<li><a href="${href}">${name}</a> <span class="muted">${escapeHtml(want)}</span>`

const entryOf = ({ about: { path } }: Example): string =>
  entry(`#${path.slice(1)}`, path.slice(1), panes[path]?.want ?? '')

/** It starts processes of its own, and has no card. */
const cluster = entry(addressOf('examples/cluster/README.md'), 'cluster', 'processes on one port')

export const contents: string = `<section class="contents wrap" id="contents" aria-labelledby="contents-title">
<h2 id="contents-title">All ${examples.length + 1} examples</h2>
<div class="needs">
${groups
  .map(
    ({ need, title, examples }) => `<div><h3><a href="#${need}">${title}</a></h3>
<ul>
${examples.map(entryOf).join('\n')}${need === 'across' ? `\n${cluster}` : ''}
</ul></div>`,
  )
  .join('\n')}
</div>
</section>
`
