// What to type in a terminal, with buttons that copy it.
import { escapeHtml } from './source.ts'

/** Copies an example out of the clone and starts it. */
export const copyOf = (name: string, folder: string): string =>
  `node build.mjs copy ${name} ../${folder} && cd ../${folder} && npm install && npm start`

/** Lines to type under a title. Each button is named after its line, by IDs that begin with `id`. */
export const commands = (id: string, title: string, lines: readonly string[]): string =>
  `<div class="commands"><p class="small muted">${title}</p>${lines
    .map((line, at) => command(`${id}-${at}`, line))
    .join('\n')}</div>`

/** A line to type, and what is said behind it. */
const command = (id: string, line: string): string => {
  const [typed = '', note] = line.split('  # ')
  return `<div class="command"><code id="${id}">${escapeHtml(typed)}</code>
<button type="button" class="copy" aria-labelledby="${id}-copy ${id}"><span id="${id}-copy">Copy</span></button>${
    note === undefined ? '' : `<span class="note small muted">${escapeHtml(capital(note))}</span>`
  }</div>`
}

export const capital = (line: string): string => line.slice(0, 1).toUpperCase() + line.slice(1)
