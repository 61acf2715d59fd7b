import type { Row } from './store.ts'

/** What a client has asked for. */
export interface Asked {
  /** Empty for all. */
  readonly gauge: string
  readonly rows: number
}

/** All that stands before the rows of the table. */
export const pageStart = (path: string, { gauge, rows }: Asked): string => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Water levels</title>
<style>
body { font: 1rem/1.4 system-ui, sans-serif; margin: 0 auto; max-width: 40rem; padding: 0 1rem }
h1 { font-size: 1.25rem } input, textarea, button { font: inherit } [type=number] { width: 5rem }
textarea { box-sizing: border-box; display: block; width: 100% }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100% } th { text-align: left }
td:last-child { background: linear-gradient(to right, color-mix(in srgb, Highlight 25%, Canvas) var(--w), #0000 0); width: 50% }
</style>
<main><h1>Water levels</h1>
<form>
<label>Gauge <input name="gauge" size="8" list="gauges" placeholder="all" value="${escapeHtml(gauge)}"></label>
<datalist id="gauges"><option>Aller<option>Elbe<option>Leine<option>Oker<option>Weser</datalist>
<label>Rows <input name="rows" type="number" min="1" max="50000" value="${rows}"></label>
<button>Fetch</button>
</form>
<details><summary>Move amounts between accounts</summary>
<form id="moves">
<label>Moves, one a line, in one transaction <textarea rows="3">Ann Bob 10
Bob Cay 25</textarea></label>
<button>Move</button>
</form>
<pre role="log" aria-label="Answers" tabindex="0"></pre>
</details>
<script>
document.getElementById('moves').onsubmit = async (event) => {
  event.preventDefault()
  const log = document.querySelector('[role=log]')
  log.textContent = ''
  const response = await fetch('${path}/moves', { method: 'POST', body: event.target.querySelector('textarea').value })
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) log.textContent += part.value
  } catch {
    // A cut response is an error. Browsers may drop what came just before it, and so the reason.
    log.textContent += 'Rolled back: the answer was cut.'
  }
}
</script>
<table><thead><tr><th scope="col">Day<th scope="col">Gauge<th scope="col">Level, cm<tbody>
`

export const tableRow = ({ day, gauge, cm }: Row): string =>
  `<tr><td>${escapeHtml(day)}<td>${escapeHtml(gauge)}<td style="--w:${Number(cm) / 5}%">${escapeHtml(cm)}\n`

export const pageEnd = (rows: number): string => `</table><p>${rows} rows</p></main></html>\n`

const escapeHtml = (value: unknown): string =>
  String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
