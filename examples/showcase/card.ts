// The card of an example: a live pane, the lines that matter, and what to type.
import { panes } from './panes.ts'
import { colour, escapeHtml, statementsOf } from './source.ts'
import type { Example } from './examples.ts'
import type { Call, Pane } from './panes.ts'

/** Reads what the card shows; the address of the site is filled in for each request. */
export const cardOf = ({ about: { path, line, curl } }: Example): ((site: string) => string) => {
  const name = path.slice(1)
  const pane = panes[path]
  if (pane === undefined) throw new Error(`Cannot show ${path}: panes.ts has no pane for it`)
  const source = sourceOf(name, pane.source)
  const live = liveOf(name, pane)
  return (site) => `<article class="card" id="${name}" aria-labelledby="${name}-title">
<header><h3 id="${name}-title"><a href="${path}">${name}</a></h3>
<p>${escapeHtml(capital(line))}.</p></header>
${live}
${source}
<div class="type">${curl(site + path)
    .map(command)
    .join('\n')}</div>
<div class="type">${command(`node build.mjs copy ${name} ../${name}`)}</div>
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
  const path = isPage ? live : (live[0]?.path ?? '')
  const method = isPage ? 'GET' : (live[0]?.method ?? 'GET')
  const calls: readonly Call[] = isPage ? [{ button: 'Start', path }] : live
  return `<section class="pane" data-name="${name}" data-kind="${isPage ? 'page' : 'calls'}" data-holds="${holds}" aria-label="${name}, live">
<div class="bar"><code>${method} /${name}${escapeHtml(path.replaceAll('{typed}', '…'))}</code> <span class="state small" role="status"></span></div>
<div class="stage"><p class="see">${escapeHtml(see)}</p></div>
<div class="controls">${calls.map((call, at) => formOf(name, call, at === 0)).join('\n')}
<button type="button" class="stop" hidden>Stop</button></div>
</section>`
}

const formOf = (name: string, call: Call, isFirst: boolean): string => {
  const { button, typed, finds } = call
  const data = escapeHtml(
    JSON.stringify({ ...call, path: `/${name}${call.path ?? ''}`, finds: finds?.source }),
  )
  const hidden = `<span class="unseen">, ${name}</span>`
  return `<form class="call" data-call="${data}">${typed === undefined ? '' : fieldOf(typed)}<button${isFirst ? ' class="primary"' : ''}${finds === undefined ? '' : ' disabled'}><span>${escapeHtml(button)}</span>${hidden}</button></form>`
}

const fieldOf = ({ label, value, rows }: NonNullable<Call['typed']>): string => {
  const field =
    rows === undefined
      ? `<input name="typed" value="${escapeHtml(value)}" autocomplete="off">`
      : `<textarea name="typed" rows="${rows}">${escapeHtml(value)}</textarea>`
  return `<label><span class="small muted">${escapeHtml(label)}</span> ${field}</label>`
}

const command = (line: string): string =>
  `<p class="command"><code>${escapeHtml(line)}</code><button type="button" class="copy"><span>Copy</span><span class="unseen"> the command</span></button></p>`
