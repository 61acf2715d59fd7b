// The card of an example: a live pane, the lines that matter, and what to type.
import { capital, commands, copyOf } from './command.ts'
import { panes } from './panes.ts'
import { colour, escapeHtml, statementsOf } from './source.ts'
import { addressOf, filesOf } from './source-files.ts'
import type { Example } from './examples.ts'
import type { Call, Pane } from './pane.ts'

/** Reads what the card shows; the address of the site is filled in for each request. */
export const cardOf = ({ about: { path, line, curl } }: Example): ((site: string) => string) => {
  const name = path.slice(1)
  const pane = panes[path]
  if (pane === undefined) throw new Error(`Cannot show ${path}: panes.ts has no pane for it`)
  const source = sourceOf(name, pane.source)
  const live = liveOf(name, pane)
  const copy = commands(`${name}-copy`, 'Copy this example, in the clone', [copyOf(name, name)])
  return (site) => `<article class="card" id="${name}" aria-labelledby="${name}-title">
<header><h3 id="${name}-title"><a href="${path}">${name}</a></h3>
<p class="muted">${escapeHtml(capital(line))}.</p></header>
${live}
<button type="button" class="unfold" aria-expanded="false" aria-controls="${name}-more"><span>Code and commands</span><span class="unseen"> of ${name}</span></button>
<div class="more" id="${name}-more">
${source}
${commands(`${name}-curl`, 'In a terminal', curl(site + path))}
${copy}
</div>
</article>
`
}

const sourceOf = (name: string, { file, names }: Pane['source']): string => {
  const source = statementsOf(new URL(`../${name}/${file}`, import.meta.url), names)
  const folder = `examples/${name}/`
  const path = folder + file
  const links = filesOf(name).map((each) => {
    const current = each === file ? ' aria-current="true"' : ''
    return `<a href="${addressOf(folder + each)}"${current}>${each}</a>`
  })
  return `<figure class="source"><figcaption><code>${[folder, ...links].join(' ')}</code></figcaption>
<pre tabindex="0" role="region" aria-label="Lines of ${path}"><code>${colour(source)}</code></pre></figure>`
}

const liveOf = (name: string, { see, live, holds = 1 }: Pane): string => {
  const isPage = typeof live === 'string'
  const calls: readonly Call[] = isPage ? [{ button: 'Start', path: live }] : live
  return `<section class="pane" data-name="${name}" data-kind="${isPage ? 'page' : 'calls'}" data-holds="${holds}" aria-label="${name}, live">
<div class="bar">${linkOf(name, calls[0])}<span class="state" role="status"></span></div>
<div class="controls">${calls.map((call, at) => formOf(name, call, at === 0)).join('\n')}
<button type="button" class="stop" hidden>Stop</button></div>
<div class="stage"><p class="see">${escapeHtml(see)}</p></div>
</section>`
}

/** What the pane asks for. As a link it opens alone, with a GET. */
const linkOf = (name: string, { method = 'GET', path = '', typed }: Call = { button: '' }) => {
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
