// The card of an example: a live pane, the lines that matter, and what to type.
import { panes } from './panes.ts'
import { colour, escapeHtml, statementsOf } from './source.ts'
import type { Example } from './examples.ts'
import type { Call, Pane } from './pane.ts'

/** Reads what the card shows; the address of the site is filled in for each request. */
export const cardOf = ({ about: { path, line, curl } }: Example): ((site: string) => string) => {
  const name = path.slice(1)
  const pane = panes[path]
  if (pane === undefined) throw new Error(`Cannot show ${path}: panes.ts has no pane for it`)
  const source = sourceOf(name, pane.source)
  const live = liveOf(name, pane)
  const copy = command(`node build.mjs copy ${name} ../${name}`)
  return (site) => `<article class="card" id="${name}" aria-labelledby="${name}-title">
<header><h3 id="${name}-title"><a href="${path}">${name}</a></h3>
<p class="muted">${escapeHtml(capital(line))}.</p></header>
${live}
${source}
${commands('In a terminal', curl(site + path).map(command))}
${commands('Copy this example, with all that it needs', [copy])}
</article>
`
}

const capital = (line: string): string => line.slice(0, 1).toUpperCase() + line.slice(1)

const sourceOf = (name: string, { file, names }: Pane['source']): string => {
  const source = statementsOf(new URL(`../${name}/${file}`, import.meta.url), names)
  const path = `examples/${name}/${file}`
  return `<figure class="source"><figcaption><code>${path}</code></figcaption>
<pre tabindex="0" role="region" aria-label="Lines of ${path}"><code>${colour(source)}</code></pre></figure>`
}

const liveOf = (name: string, { see, live, holds = 1 }: Pane): string => {
  const isPage = typeof live === 'string'
  const calls: readonly Call[] = isPage ? [{ button: 'Start', path: live }] : live
  return `<section class="pane" data-name="${name}" data-kind="${isPage ? 'page' : 'calls'}" data-holds="${holds}" aria-label="${name}, live">
<div class="bar">${addressOf(name, calls[0])}<span class="state" role="status"></span></div>
<div class="stage"><p class="see">${escapeHtml(see)}</p></div>
<div class="controls">${calls.map((call, at) => formOf(name, call, at === 0)).join('\n')}
<button type="button" class="stop" hidden>Stop</button></div>
</section>`
}

/** What the pane asks for. As a link it opens alone, with a GET. */
const addressOf = (name: string, { method = 'GET', path = '', typed }: Call = { button: '' }) => {
  const address = `/${name}${escapeHtml(path.replace('{typed}', typed?.value ?? ''))}`
  return `<code>${method} <a href="${address}">${address}</a></code>`
}

const formOf = (name: string, call: Call, isFirst: boolean): string => {
  const { button, typed, finds } = call
  const data = escapeHtml(
    JSON.stringify({ ...call, path: `/${name}${call.path ?? ''}`, finds: finds?.source }),
  )
  const hidden = `<span class="unseen">, ${name}</span>`
  return `<form class="call${typed?.rows === undefined ? '' : ' wide'}" data-call="${data}">${typed === undefined ? '' : fieldOf(typed)}<button${isFirst ? ' class="primary"' : ''}${finds === undefined ? '' : ' disabled'}><span>${escapeHtml(button)}</span>${hidden}</button></form>`
}

const fieldOf = ({ label, value, rows }: NonNullable<Call['typed']>): string => {
  const field =
    rows === undefined
      ? `<input name="typed" value="${escapeHtml(value)}" autocomplete="off">`
      : `<textarea name="typed" rows="${rows}">${escapeHtml(value)}</textarea>`
  return `<label><span class="small muted">${escapeHtml(label)}</span> ${field}</label>`
}

const commands = (title: string, lines: readonly string[]): string =>
  `<div class="commands"><p class="small muted">${title}</p>${lines.join('\n')}</div>`

/** A line to type, and what is said behind it. */
const command = (line: string): string => {
  const [typed = '', note] = line.split('  # ')
  return `<div class="command"><code>${escapeHtml(typed)}</code>
<button type="button" class="copy"><span>Copy</span><span class="unseen"> the command</span></button>${
    note === undefined ? '' : `<span class="note small muted">${escapeHtml(capital(note))}</span>`
  }</div>`
}
